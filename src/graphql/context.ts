import type { Refusal } from '../domain/refusal.ts';
import type { Feed } from '../feed/open-feed.ts';
import type { IngestQueue } from '../ingest/open-ingest-queue.ts';
import type { TenantDatabase, TenantDatabases } from '../store/database/database.ts';
import { type LogEnds, readLogEnds, type TenantSummary } from '../store/read/log.ts';
import { NO_TENANT } from '../store/tables/quarantine-key.ts';
import type { ChildBatches, StatsBatches } from './connections/batches.ts';
import type { LiveStates } from './live/live-states.ts';
import type { Loaders } from './loaders.ts';
import type { RequestIds } from './request-ids.ts';

/** What a caller may do (README, "Tokens"); scopes do not imply one another. */
export const SCOPES = ['events:read', 'events:ingest', 'events:admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** The caller of a request. Tenants and scopes are checked through it and nowhere else. */
export interface Caller {
  subject: string | undefined;
  scopes: readonly Scope[];
  /** The one tenant that the request acts for. Rejects with TENANT_REQUIRED or FORBIDDEN. */
  actingTenant(): Promise<string>;
  /** Why the request may not act for any tenant; undefined if it may. */
  tenantRefusal: Refusal | undefined;
  mayWrite(tenantId: string): boolean;
  /** Lists the tenants that the caller may act for and that have events, by id, at most `limit`. */
  listTenants(limit: number): Promise<TenantSummary[]>;
  /** The caller's tenant, if it has just one. It owns quarantined items that name no tenant. */
  onlyTenant: string | undefined;
  /** Whether the caller may act for every tenant. Then it also owns the items without a tenant. */
  mayActForAll: boolean;
}

/** Limits of ingest, from the settings. */
export interface IngestSettings {
  maxBatch: number;
  maxEventBytes: number;
}

/** Counts the items of a batch before they are ingested. Throws beyond the caller's limit. */
export type TakeEvents = (count: number) => void;

/** What every resolver receives. It contains no clock and no source of randomness. */
export interface GraphContext {
  database: TenantDatabases;
  feed: Feed;
  ingest: IngestSettings;
  ingestQueue: IngestQueue;
  caller: Caller;
  /** Identifies the caller for limits: the subject of its token, else tenant, else address. */
  callerKey: string;
  /** The ids that the log has the operation under. */
  ids: RequestIds;
  takeEvents: TakeEvents;
  /** The header `Last-Event-ID` of a reconnecting SSE client: the cursor of its last event. */
  lastEventId?: string | undefined;
  /** The ends of the acting tenant's log. Set when the first field of the operation reads them. */
  logEnds?: Promise<LogEnds & { tenantId: string }>;
  load: Loaders;
  live: LiveStates;
  children: ChildBatches;
  childStats: StatsBatches;
}

/**
 * Returns the database of the tenant that the request acts for. Every root field that reads rows
 * calls this first.
 *
 * A query that selects `eventLog` beside lists must read the ends of the log before the lists.
 * Otherwise a list could be older than `headCursor`, and a subscription from that cursor would miss
 * the events in between. graphql-js calls all root resolvers in one synchronous pass, so `logEnds`
 * is set before the tenant is known.
 */
export async function readActingTenant(context: GraphContext): Promise<TenantDatabase> {
  const tenantId = await context.caller.actingTenant();
  // The field `eventLog` reports the failure.
  await context.logEnds?.catch(() => undefined);
  return context.database.forTenant(tenantId);
}

/** Reads where the log of the acting tenant begins and ends, once per operation. */
export function readLogOf(context: GraphContext): Promise<LogEnds & { tenantId: string }> {
  const read = async () => {
    const tenantId = await context.caller.actingTenant();
    return { ...(await readLogEnds(context.database.forTenant(tenantId))), tenantId };
  };
  context.logEnds ??= read();
  return context.logEnds;
}

/**
 * Returns the owners of the quarantined items that the request may read and change: the acting
 * tenant, and NO_TENANT if the caller may act for every tenant (README, "Quarantine").
 */
export async function listQuarantineOwners(context: GraphContext): Promise<readonly string[]> {
  const tenantId = await context.caller.actingTenant();
  return context.caller.mayActForAll ? [tenantId, NO_TENANT] : [tenantId];
}

import { Refusal } from '../domain/refusal.ts';
import type { Feed } from '../feed/open-feed.ts';
import type { IngestQueue } from '../ingest/open-ingest-queue.ts';
import type { Database } from '../store/database/database.ts';
import { type LogEnds, readLogEnds } from '../store/read/log.ts';
import { NO_TENANT } from '../store/tables/quarantine-key.ts';
import type { ChildBatches, StatsBatches } from './connections/batches.ts';
import type { LiveStates } from './live/live-states.ts';
import type { Loaders } from './loaders.ts';

/** What a caller may do (contract, "Who may do what"); scopes do not imply one another. */
export const SCOPES = ['events:read', 'events:ingest', 'events:admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is calling, decided in one place: tenants and scopes are asked for here and nowhere else. */
export interface Caller {
  subject: string | undefined;
  scopes: readonly Scope[];
  /** The one tenant that the request acts for. Rejects with TENANT_REQUIRED or FORBIDDEN. */
  actingTenant(): Promise<string>;
  mayWrite(tenantId: string): boolean;
  /** Whether the caller may act for every tenant; then items of no tenant are its too. */
  mayActForAll: boolean;
}

/** Limits of ingest, from the settings. */
export interface IngestSettings {
  maxBatch: number;
  maxEventBytes: number;
}

/** What every resolver gets. Nothing in it depends on the clock or on chance. */
export interface GraphContext {
  database: Database;
  feed: Feed;
  ingest: IngestSettings;
  ingestQueue: IngestQueue;
  caller: Caller;
  /** The cursor of the last event that a client has got, where it comes back with it (SSE). */
  lastEventId?: string | undefined;
  /** The ends of the acting tenant's log, set as soon as a field of the operation asks for them. */
  logEnds?: Promise<LogEnds & { tenantId: string }>;
  load: Loaders;
  live: LiveStates;
  children: ChildBatches;
  childStats: StatsBatches;
}

/** Refuses a caller without the scope. */
export function requireScope({ caller }: GraphContext, scope: Scope): void {
  if (!caller.scopes.includes(scope)) throw new Refusal('FORBIDDEN', `This needs the scope ${scope}.`);
}

/**
 * Returns the tenant that a reading request acts for. Every field that reads rows calls this first.
 *
 * A query that asks for `eventLog` beside lists must read the ends of the log before the lists. Otherwise a list could
 * be older than `headCursor`, and a subscription from that cursor would miss the events in between. All fields of the
 * root are resolved in one synchronous pass, so `logEnds` is set before the tenant is known.
 */
export async function requireReader(context: GraphContext): Promise<string> {
  requireScope(context, 'events:read');
  const tenantId = await context.caller.actingTenant();
  // The field that asks for the ends reports the failure.
  await context.logEnds?.catch(() => undefined);
  return tenantId;
}

/** Reads where the log of the acting tenant begins and ends, once per operation. */
export function readLogOf(context: GraphContext): Promise<LogEnds & { tenantId: string }> {
  const read = async () => {
    requireScope(context, 'events:read');
    const tenantId = await context.caller.actingTenant();
    return { ...(await readLogEnds(context.database, tenantId)), tenantId };
  };
  context.logEnds ??= read();
  return context.logEnds;
}

/**
 * Whose quarantined items the request may see to: those of the tenant that it acts for and, where the caller may act for all,
 * those without a tenant (contract, fine print "Tenants").
 */
export async function requireAdmin(context: GraphContext): Promise<readonly string[]> {
  requireScope(context, 'events:admin');
  const tenantId = await context.caller.actingTenant();
  return context.caller.mayActForAll ? [tenantId, NO_TENANT] : [tenantId];
}

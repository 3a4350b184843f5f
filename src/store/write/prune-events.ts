import { sql } from 'drizzle-orm';
import type { Instant } from '../../domain/values/instant.ts';
import { type Database, runFixed } from '../database/database.ts';
import { events } from '../tables/log-tables.ts';

/** Where the pruned part of a tenant's log ends: a position, 0 while everything is kept. */
export interface PrunedLog {
  tenantId: string;
  prunedThrough: number;
}

/** Events right behind the pruned part of a log, all of them old enough to go. */
export interface PrunableEvents {
  tenantId: string;
  /** The first is the one after this position. */
  after: number;
  /** The position of the last one. */
  through: number;
  /** What their bodies take in the database, compressed. */
  bytes: number;
}

const TENANTS_AT_ONCE = 1_000;

/** Reads the logs, of tenants after one in the order of their ids, that still have bodies; a page of them, empty at the end. */
export async function listKeptLogs(database: Database, afterTenantId: string): Promise<PrunedLog[]> {
  const rows = await database.read((queries) =>
    runFixed(
      queries,
      sql`select tenant_id, pruned_through from tenants
          where tenant_id > ${afterTenantId} and pruned_through < head order by tenant_id limit ${TENANTS_AT_ONCE}`,
    ),
  );
  return rows.map(toPrunedLog);
}

/** Reads how far a tenant's log is pruned; undefined where the tenant is not known. */
export async function findPrunedLog(database: Database, tenantId: string): Promise<PrunedLog | undefined> {
  const [row] = await database.read((queries) =>
    runFixed(queries, sql`select tenant_id, pruned_through from tenants where tenant_id = ${tenantId}`),
  );
  return row && toPrunedLog(row);
}

function toPrunedLog(row: Record<string, unknown>): PrunedLog {
  return { tenantId: String(row.tenant_id), prunedThrough: Number(row.pruned_through) };
}

/**
 * Finds up to `limit` events after the pruned part of a log (undefined where there are none): as long as they were received before
 * `cutOff`, and their bodies come to no more than `maxBytes`. The first that was received later ends them, although older ones may
 * follow (servers' clocks differ): what is pruned is always a beginning of the log.
 */
export async function findPrunable(
  database: Database,
  { tenantId, prunedThrough: after }: PrunedLog,
  cutOff: Instant,
  limit: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<PrunableEvents | undefined> {
  const rows = await database.read((queries) =>
    runFixed(
      queries,
      sql`select position, received_at < ${cutOff} as is_old, pg_column_size(raw) as bytes from events
          where tenant_id = ${tenantId} and position > ${after} order by position limit ${limit}`,
    ),
  );
  let found: PrunableEvents | undefined;
  for (const row of rows) {
    const bytes = (found?.bytes ?? 0) + Number(row.bytes);
    if (row.is_old !== true || (found !== undefined && bytes > maxBytes)) break;
    found = { tenantId, after, through: Number(row.position), bytes };
  }
  return found;
}

/**
 * Drops the bodies of events, in one transaction together with the position that tells so. Ingest of the tenant waits for it: both
 * take the tenant's row first, so they cannot deadlock. Gives false, having done nothing, where another prune was there before.
 */
export function pruneEvents(
  database: Database,
  { tenantId, after, through }: PrunableEvents,
): Promise<boolean> {
  return database.write(async (transaction) => {
    const advanced = await runFixed(
      transaction,
      sql`update tenants set pruned_through = ${through}
          where tenant_id = ${tenantId} and pruned_through = ${after} returning tenant_id`,
    );
    if (advanced.length === 0) return false;
    await runFixed(
      transaction,
      sql`update events set raw = null
          where tenant_id = ${tenantId} and position > ${after} and position <= ${through}`,
    );
    return true;
  });
}

/** Makes the space of dropped bodies usable for new events. Reads the whole log, so it may take minutes; `signal` ends it. */
export function reclaimSpace(database: Database, signal: AbortSignal): Promise<void> {
  return database.vacuum(events, signal);
}

import { sql } from 'drizzle-orm';
import type { Instant } from '../../domain/values/instant.ts';
import type { AcrossTenants, Database, TenantDatabase } from '../database/database.ts';
import { runFixed } from '../database/statements.ts';
import { events } from '../tables/log-tables.ts';

/*
 * Pruning deletes the bodies of a prefix of a log. It keeps identities, contents and columns,
 * so copies are still recognised.
 *
 * Pruning takes small steps. A step covers 500 events in one transaction, during which ingest
 * of the tenant waits some ten milliseconds. The pruner then pauses for the same time
 * (`commands/prune/prune-log.ts`). VACUUM follows, because autovacuum waits until a fifth of
 * the table is dead.
 */

/** The end of the pruned part of a tenant's log: a position, 0 if nothing was pruned. */
export interface PrunedLog {
  tenantId: string;
  prunedThrough: number;
}

/** The events that follow the pruned part of a log and are old enough to be pruned. */
export interface PrunableEvents {
  tenantId: string;
  /** The position before the first event. */
  after: number;
  /** The position of the last event. */
  through: number;
  /** The compressed size of their bodies in the database. */
  bytes: number;
}

const TENANTS_AT_ONCE = 1_000;

/**
 * Reads a page of logs that still have bodies, in the order of tenant ids, after
 * `afterTenantId`. Returns an empty page at the end.
 */
export async function listKeptLogs(across: AcrossTenants, afterTenantId: string): Promise<PrunedLog[]> {
  const rows = await across.read((queries) =>
    runFixed(
      queries,
      sql`select tenant_id, pruned_through from tenants
          where tenant_id > ${afterTenantId} and pruned_through < head order by tenant_id limit ${TENANTS_AT_ONCE}`,
    ),
  );
  return rows.map(toPrunedLog);
}

/** Reads how far a tenant's log is pruned. Returns undefined for an unknown tenant. */
export async function findPrunedLog({ read, tenantId }: TenantDatabase): Promise<PrunedLog | undefined> {
  const [row] = await read((queries) =>
    runFixed(queries, sql`select tenant_id, pruned_through from tenants where tenant_id = ${tenantId}`),
  );
  return row && toPrunedLog(row);
}

function toPrunedLog(row: Record<string, unknown>): PrunedLog {
  return { tenantId: String(row.tenant_id), prunedThrough: Number(row.pruned_through) };
}

/**
 * Finds events after the pruned part of a log: up to `limit`, and of at most `maxBytes` unless
 * a single event is larger. Stops at the first event received at or after `cutOff`. Older
 * events may follow it, because the clocks of servers differ, but the pruned part is always a
 * prefix of the log. Returns undefined if there are none.
 */
export async function findPrunable(
  { read, tenantId }: TenantDatabase,
  { prunedThrough: after }: PrunedLog,
  cutOff: Instant,
  limit: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<PrunableEvents | undefined> {
  const rows = await read((queries) =>
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
 * Deletes the bodies of events and advances `pruned_through` in one transaction. It locks the
 * tenant's row first, as ingest does, so the two cannot deadlock; ingest of the tenant waits.
 * Returns false, without changes, if another process has pruned the same part.
 */
export function pruneEvents(
  { write, tenantId }: TenantDatabase,
  { after, through }: PrunableEvents,
): Promise<boolean> {
  return write(async (transaction) => {
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

/**
 * Runs VACUUM, which makes the space of deleted bodies usable again. It reads the whole log
 * and may take minutes; `signal` cancels it.
 */
export function reclaimSpace(database: Database, signal: AbortSignal): Promise<void> {
  return database.vacuum(events, signal);
}

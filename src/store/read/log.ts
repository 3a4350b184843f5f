import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { toTextArray } from '../recordset.ts';
import { events, tenants } from '../tables.ts';
import { type EventRecord, eventColumns } from './events.ts';

/** An event at its place in the log. */
export type LogEntry = EventRecord;

/** Where a tenant's log begins and ends. */
export interface LogEnds {
  /** The newest position; 0 on an empty log. */
  head: number;
  /** The oldest position still kept; undefined on an empty log. */
  oldest: number | undefined;
}

/** Reads up to `limit` entries after a position, in order. */
export function readLogAfter(
  database: Database,
  tenantId: string,
  after: number,
  limit: number,
): Promise<LogEntry[]> {
  return database.read((queries) =>
    queries
      .select(eventColumns)
      .from(events)
      .where(and(eq(events.tenantId, tenantId), gt(events.position, after)))
      .orderBy(asc(events.position))
      .limit(limit)
      .prepare('log_after')
      .execute(),
  );
}

/** Reads the heads of the tenants' logs; one that is not there has no events. */
export async function readHeads(
  database: Database,
  tenantIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await database.read((queries) =>
    queries
      .select({ tenantId: tenants.tenantId, head: tenants.head })
      .from(tenants)
      .where(sql`${tenants.tenantId} = any(${toTextArray(tenantIds)})`)
      .prepare('heads')
      .execute(),
  );
  return new Map(rows.map(({ tenantId, head }) => [tenantId, head]));
}

/** Reads where a tenant's log begins and ends. */
export async function readLogEnds(database: Database, tenantId: string): Promise<LogEnds> {
  const [row] = await database.read((queries) =>
    queries.select().from(tenants).where(eq(tenants.tenantId, tenantId)).prepare('log_ends').execute(),
  );
  if (row === undefined || row.head === 0) return { head: 0, oldest: undefined };
  return { head: row.head, oldest: row.prunedThrough < row.head ? row.prunedThrough + 1 : undefined };
}

/** The tenants that have events, at most two: enough to tell whether there is just one. */
export async function listSomeTenants(database: Database): Promise<string[]> {
  const rows = await database.read((queries) =>
    queries
      .select({ tenantId: tenants.tenantId })
      .from(tenants)
      .where(gt(tenants.head, 0))
      .orderBy(tenants.tenantId)
      .limit(2),
  );
  return rows.map(({ tenantId }) => tenantId);
}

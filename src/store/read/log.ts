import { and, asc, eq, gt, sql } from 'drizzle-orm';
import type { Instant } from '../../domain/values/instant.ts';
import { toArrayText, toTextArray } from '../database/bulk.ts';
import type { AcrossTenants, TenantDatabase } from '../database/database.ts';
import { fieldsOf } from '../database/drizzle-internals.ts';
import { hide } from '../database/lookups.ts';
import { builtOnce } from '../database/statements.ts';
import { events, tenants } from '../tables/log-tables.ts';
import { type EventRecord, eventColumns } from './events.ts';
import { cursorExpired } from './log-cursor.ts';

export type LogEntry = EventRecord;

/** The two ends of a tenant's log. */
export interface LogEnds {
  /** The newest position; 0 for an empty log. */
  head: number;
  /** The checksum of the whole log (`log-checksum.ts`). */
  headChecksum: number;
  /** The newest pruned position; 0 if nothing was pruned. */
  prunedThrough: number;
}

/** The most entries that are read at once. */
export const LOG_PAGE_SIZE = 100;

/**
 * Reads up to LOG_PAGE_SIZE entries after a position, in order. Throws CURSOR_EXPIRED if some of
 * them are pruned. One statement reads both, so a page never starts after an unreported gap.
 */
export async function readLogAfter(database: TenantDatabase, after: number): Promise<LogEntry[]> {
  const { tenantId } = database;
  const rows = await database.read((queries) => readPage(queries, { tenantId, after }));
  const prunedThrough = rows[0]?.prunedThrough ?? 0;
  if (after < prunedThrough) throw cursorExpired(tenantId, prunedThrough);
  return rows.flatMap(({ entry }) => (entry === null ? [] : [entry]));
}

/**
 * A page is a range of positions. They have no gaps, so an empty page is past the head. Without the
 * upper bound the planner would expect a third of all rows, and scan the table of a short log.
 */
const AFTER = hide(sql.placeholder('after'), 'bigint');

const readPage = builtOnce((queries) => {
  const page = queries
    .select(eventColumns)
    .from(events)
    .where(
      and(
        eq(events.tenantId, tenants.tenantId),
        sql`${events.position} > ${AFTER}`,
        sql`${events.position} <= ${AFTER} + ${sql.raw(String(LOG_PAGE_SIZE))}`,
        gt(events.position, tenants.prunedThrough),
      ),
    )
    .orderBy(asc(events.position))
    .as('page');
  return queries
    .select({ prunedThrough: tenants.prunedThrough, entry: fieldsOf(page) })
    .from(tenants)
    .leftJoinLateral(page, sql`true`)
    .where(eq(tenants.tenantId, sql.placeholder('tenantId')))
    .orderBy(asc(page.position))
    .prepare('log_after');
});

/** Reads the heads of logs. A tenant without an entry has no events. */
export async function readHeads(
  across: AcrossTenants,
  tenantIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await across.read((queries) => readSome(queries, { tenantIds: toArrayText(tenantIds) }));
  return new Map(rows.map(({ tenantId, head }) => [tenantId, head]));
}

const readSome = builtOnce((queries) =>
  queries
    .select({ tenantId: tenants.tenantId, head: tenants.head })
    .from(tenants)
    .where(sql`${tenants.tenantId} = any(${sql.placeholder('tenantIds')}::text[])`)
    .prepare('heads'),
);

/** Reads the two ends of a tenant's log. */
export async function readLogEnds({ tenantId, read }: TenantDatabase): Promise<LogEnds> {
  const [row] = await read((queries) => readEnds(queries, { tenantId }));
  return row ?? EMPTY_LOG;
}

const EMPTY_LOG: LogEnds = { head: 0, headChecksum: 0, prunedThrough: 0 };

const readEnds = builtOnce((queries) =>
  queries
    .select()
    .from(tenants)
    .where(eq(tenants.tenantId, sql.placeholder('tenantId')))
    .prepare('log_ends'),
);

/**
 * Reads the ends of a tenant's log, and the checksum of the log up to a position: null at 0, ahead
 * of the log, and for an event of an older version.
 */
export async function readLogStart(
  { tenantId, read }: TenantDatabase,
  position: number,
): Promise<LogEnds & { checksumAt: number | null }> {
  const [row] = await read((queries) => readStart(queries, { tenantId, position }));
  return row ?? { ...EMPTY_LOG, checksumAt: null };
}

const readStart = builtOnce((queries) =>
  queries
    .select({
      head: tenants.head,
      headChecksum: tenants.headChecksum,
      prunedThrough: tenants.prunedThrough,
      checksumAt: events.logChecksum,
    })
    .from(tenants)
    .leftJoin(
      events,
      and(eq(events.tenantId, tenants.tenantId), eq(events.position, sql.placeholder('position'))),
    )
    .where(eq(tenants.tenantId, sql.placeholder('tenantId')))
    .prepare('log_start'),
);

/** Lists the first tenants that have events, at most `limit`, by id. */
export async function listFirstTenants(across: AcrossTenants, limit: number): Promise<string[]> {
  const rows = await across.read((queries) =>
    queries
      .select({ tenantId: tenants.tenantId })
      .from(tenants)
      .where(gt(tenants.head, 0))
      .orderBy(tenants.tenantId)
      .limit(limit),
  );
  return rows.map(({ tenantId }) => tenantId);
}

/** A tenant that has events, and the newest event of its log. */
export interface TenantSummary {
  tenantId: string;
  head: number;
  /** The time of the event at `head`. */
  lastEventAt: Instant | null;
}

/**
 * Reads tenants that have events, at most `limit`, by id. `among` are the tenants to choose from;
 * undefined for all. The newest event of each tenant is one lookup by its position.
 */
export async function listTenantSummaries(
  across: AcrossTenants,
  among: readonly string[] | undefined,
  limit: number,
): Promise<TenantSummary[]> {
  return across.read((queries) => {
    const first = queries
      .select({ tenantId: tenants.tenantId, head: tenants.head })
      .from(tenants)
      .where(and(gt(tenants.head, 0), among && sql`${tenants.tenantId} = any(${toTextArray(among)})`))
      .orderBy(tenants.tenantId)
      .limit(limit)
      .as('first_tenants');
    return queries
      .select({ tenantId: first.tenantId, head: first.head, lastEventAt: events.time })
      .from(first)
      .leftJoin(events, and(eq(events.tenantId, first.tenantId), eq(events.position, first.head)))
      .orderBy(first.tenantId);
  });
}

/** Counts the tenants that have events. */
export async function countTenants(across: AcrossTenants): Promise<number> {
  return across.read((queries) => queries.$count(tenants, gt(tenants.head, 0)));
}

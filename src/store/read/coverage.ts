import { and, asc, between, eq, sql } from 'drizzle-orm';
import { type Day, toEndMs, toStartMs } from '../../domain/values/calendar-day.ts';
import { toInstant } from '../../domain/values/instant.ts';
import type { TenantDatabase } from '../database/database.ts';
import { runFixed } from '../database/statements.ts';
import { type CoverageDay, coverage } from '../tables/log-tables.ts';

/** Lists the compared days of a range, both ends included, the oldest first. */
export function listCoverage({ read, tenantId }: TenantDatabase, from: Day, to: Day): Promise<CoverageDay[]> {
  const { date, checkedAt, upstreamCount, storedCount } = coverage;
  return read((queries) =>
    queries
      .select({ date, checkedAt, upstreamCount, storedCount })
      .from(coverage)
      .where(and(eq(coverage.tenantId, tenantId), between(date, from, to)))
      .orderBy(asc(date)),
  );
}

/**
 * Counts the events of each day of a range that a backfill brought first, by the event's own time.
 * Pruned events count too. A day without such events is missing. The range ends with the last
 * millisecond of `to`, because the year 10000 has no instant.
 */
export async function countRecovered(
  { read, tenantId }: TenantDatabase,
  from: Day,
  to: Day,
): Promise<ReadonlyMap<Day, number>> {
  const rows = await read((queries) =>
    runFixed(
      queries,
      sql`select to_char(time, 'YYYY-MM-DD') as date, count(*) as count from events
          where tenant_id = ${tenantId} and origin = 'BACKFILL'
            and time >= ${toInstant(toStartMs(from))} and time <= ${toInstant(toEndMs(to) - 1)} group by 1`,
    ),
  );
  return new Map(rows.map(({ date, count }) => [String(date) as Day, Number(count)]));
}

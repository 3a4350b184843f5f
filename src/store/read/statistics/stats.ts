import { and, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { Refusal } from '../../../domain/refusal.ts';
import type { Instant } from '../../../domain/values/instant.ts';
import { type Database, run } from '../../database/database.ts';
import { join, toTextArray } from '../../database/recordset.ts';
import { toInstantFromText } from '../../tables/columns.ts';
import { checkTimeZone, type TimeInterval, toBucketing } from './time-bucket.ts';

/** What statistics are about: the rows, and what they can be grouped by and computed from. */
export interface StatsSubject {
  table: PgTable;
  where: SQL | undefined;
  /** What places a row in a bucket. */
  time: SQLWrapper;
  groupings: Readonly<Record<string, SQLWrapper>>;
  /** Aggregates by name; `count` is always there. */
  aggregates: Readonly<Record<string, SQL>>;
}

/** What is asked for. */
export interface StatsRequest {
  groupBy: readonly string[];
  interval: TimeInterval | undefined;
  timeZone: string;
  /** At most so many rows: the newest buckets, within a bucket the largest counts. */
  first: number;
  /** Names of the aggregates to compute; the others are left out. */
  wanted: readonly string[];
}

/** One row: the keys that it is grouped by, and aggregates as the driver reads them (sums as text). */
export interface StatsRow {
  bucketStart: Instant | undefined;
  keys: Readonly<Record<string, string | boolean | null>>;
  count: number;
  aggregates: Readonly<Record<string, unknown>>;
}

const MAX_GROUPS = 10_000;
const MAX_FIRST = 10_000;

/** Computes statistics. Throws BAD_USER_INPUT, and TOO_MANY_GROUPS for more than 10,000 rows before `first`. */
export async function readStats(
  database: Database,
  subject: StatsSubject,
  request: StatsRequest,
): Promise<StatsRow[]> {
  const known = toKnown(subject, request);
  const grouped = toGroups(subject, known, undefined);
  const rows = await database.read((queries) => run(queries, toRanked(grouped, known, false)));
  return toStatsRows(rows, known);
}

/**
 * Computes the statistics of several parents with one statement; parents without rows are left out. Throws TOO_MANY_GROUPS as
 * `readStats` does for each of them, and for more than 10,000 rows of all of them after `first`.
 */
export async function readStatsOf(
  database: Database,
  subject: StatsSubject,
  parents: { column: SQLWrapper; ids: readonly string[] },
  request: StatsRequest,
): Promise<Map<string, StatsRow[]>> {
  const where = and(subject.where, sql`${parents.column} = any(${toTextArray(parents.ids)})`);
  const known = toKnown(subject, request);
  const grouped = toGroups({ ...subject, where }, known, parents.column);
  const found = await database.read((queries) => run(queries, toRanked(grouped, known, true)));
  if (found.length > MAX_GROUPS) {
    const message = `More than ${MAX_GROUPS} rows together: take a smaller \`first\`, or a smaller page around it.`;
    throw new Refusal('TOO_MANY_GROUPS', message);
  }
  const byParent = new Map<string, Record<string, unknown>[]>();
  for (const row of found) {
    const id = String(row.parent);
    const rows = byParent.get(id);
    if (rows === undefined) byParent.set(id, [row]);
    else rows.push(row);
  }
  return new Map([...byParent].map(([id, rows]) => [id, toStatsRows(rows, known)]));
}

/** The row of no rows, for a parent that has none and is not grouped. */
export function toEmptyStats({ groupBy, interval }: StatsRequest): StatsRow[] {
  if (groupBy.length > 0 || interval !== undefined) return [];
  return [{ bucketStart: undefined, keys: {}, count: 0, aggregates: {} }];
}

/** The request without what is selected besides aggregates, such as keys. */
function toKnown({ aggregates }: StatsSubject, request: StatsRequest): StatsRequest {
  return { ...request, wanted: request.wanted.filter((name) => Object.hasOwn(aggregates, name)) };
}

type Column = [name: string, value: SQLWrapper];

/** Counts and computes group by group. A bucket is the instant at which it begins. */
function toGroups(subject: StatsSubject, request: StatsRequest, parent: SQLWrapper | undefined): SQL {
  if (request.first < 1 || request.first > MAX_FIRST) {
    throw new Refusal('BAD_USER_INPUT', `first: ${request.first} is not from 1 to ${MAX_FIRST}.`);
  }
  checkTimeZone(request.timeZone);
  const { groupBy, interval, timeZone, wanted } = request;
  const bucketing = interval && toBucketing(subject.time, interval, timeZone);
  const cuts = (bucketing?.keys ?? []).map((cut, index): Column => [`cut_${index}`, cut]);
  const parents: Column[] = parent === undefined ? [] : [['parent', parent]];
  const keys = [...new Set(groupBy)].map((name, index): Column => {
    return [`key_${index}`, subject.groupings[name] ?? sql`null`];
  });
  const values = wanted.map((name, index): Column => {
    return [`value_${index}`, subject.aggregates[name] ?? sql`null`];
  });
  const grouped = [...cuts, ...parents, ...keys];
  const columns = [...grouped, ['count', sql`count(*)`] satisfies Column, ...values];
  const selected = columns.map(([name, value]) => sql`${value} as ${sql.identifier(name)}`);
  // By place, as the same parameter written twice would count as two expressions.
  const places = grouped.map((_, index) => sql.raw(String(index + 1)));
  const rows = sql`select ${join(selected)} from ${subject.table} where ${subject.where ?? sql`true`}`;
  const groups = places.length > 0 ? sql`${rows} group by ${join(places)}` : rows;
  if (bucketing === undefined) return groups;
  const start = bucketing.toStart(cuts.map(([name]) => sql.identifier(name)));
  const others = columns.slice(cuts.length).map(([name]) => sql.identifier(name));
  // A zone's first day of the year 1 begins the year before, which no instant can say.
  const bucket = sql`greatest(${start}, '0001-01-01T00:00:00Z')`;
  return sql`select ${bucket} as bucket, ${join(others)} from (${groups}) as cut`;
}

/** Orders the groups, and keeps the first of all or of each parent, beside how many there were; of too many one too many. */
function toRanked(groups: SQL, { groupBy, interval, first }: StatsRequest, perParent: boolean): SQL {
  const keys = [...new Set(groupBy)].map((_, index) => sql.identifier(`key_${index}`));
  const order = [
    ...(interval === undefined ? [] : [sql`bucket desc`]),
    sql`count desc`,
    // By code point, as everywhere: the order is the same in a database of any language.
    ...keys.map((key) => sql`${key}::text collate "C" asc nulls last`),
  ];
  const partition = perParent ? sql`partition by parent ` : sql``;
  return sql`select * from (
      select *, row_number() over (${partition}order by ${join(order)}) as place, count(*) over (${partition}) as groups
      from (${groups}) as grouped) as ranked
    where place <= ${first} order by place limit ${MAX_GROUPS + 1}`;
}

function toStatsRows(
  rows: readonly Record<string, unknown>[],
  { groupBy, interval, wanted }: StatsRequest,
): StatsRow[] {
  const groups = Number(rows[0]?.groups ?? 0);
  if (groups > MAX_GROUPS) {
    const message = `${groups} groups are more than ${MAX_GROUPS}: narrow \`where\`, or use a longer interval.`;
    throw new Refusal('TOO_MANY_GROUPS', message);
  }
  const names = [...new Set(groupBy)];
  return rows.map((row) => ({
    bucketStart: interval === undefined ? undefined : toInstantFromText(String(row.bucket)),
    keys: Object.fromEntries(
      names.map((name, index) => [name, row[`key_${index}`] as string | boolean | null]),
    ),
    count: Number(row.count),
    aggregates: Object.fromEntries(wanted.map((name, index) => [name, row[`value_${index}`]])),
  }));
}

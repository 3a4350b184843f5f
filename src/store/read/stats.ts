import { and, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Instant } from '../../domain/instant.ts';
import { Refusal } from '../../domain/refusal.ts';
import { toInstantFromText } from '../columns.ts';
import { type Database, run } from '../database.ts';
import { join, toTextArray } from '../recordset.ts';
import { checkTimeZone, type TimeInterval, toBucket } from './time-bucket.ts';

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

/** Computes the statistics of several parents with one statement; parents without rows are left out. */
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
  const byParent = new Map<string, Record<string, unknown>[]>();
  for (const row of found) {
    const id = String(row.parent);
    byParent.set(id, [...(byParent.get(id) ?? []), row]);
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

interface Groups {
  statement: SQL;
  /** Columns that order the groups after bucket and count, so that the order is total. */
  keys: string[];
}

function toGroups(subject: StatsSubject, request: StatsRequest, parent: SQLWrapper | undefined): Groups {
  if (request.first < 1 || request.first > MAX_FIRST) {
    throw new Refusal('BAD_USER_INPUT', `first: ${request.first} is not from 1 to ${MAX_FIRST}.`);
  }
  checkTimeZone(request.timeZone);
  const groupBy = [...new Set(request.groupBy)];
  const keys = groupBy.map((_, index) => `key_${index}`);
  const grouped: [string, SQLWrapper][] = [];
  if (parent !== undefined) grouped.push(['parent', parent]);
  if (request.interval !== undefined) {
    grouped.push(['bucket', toBucket(subject.time, request.interval, request.timeZone)]);
  }
  for (const [index, name] of groupBy.entries()) {
    grouped.push([`key_${index}`, subject.groupings[name] ?? sql`null`]);
  }
  const computed = request.wanted.map((name, index): [string, SQLWrapper] => [
    `value_${index}`,
    subject.aggregates[name] ?? sql`null`,
  ]);
  const columns: [string, SQLWrapper][] = [...grouped, ['count', sql`count(*)`], ...computed];
  const selected = columns.map(([name, value]) => sql`${value} as ${sql.identifier(name)}`);
  // By place, as the same parameter written twice would count as two expressions.
  const places = grouped.map((_, index) => sql.raw(String(index + 1)));
  const statement = sql`select ${join(selected)} from ${subject.table} where ${subject.where ?? sql`true`}`;
  return { keys, statement: places.length > 0 ? sql`${statement} group by ${join(places)}` : statement };
}

/** Orders the groups, and keeps the first of all or of each parent, beside how many there were. */
function toRanked({ statement, keys }: Groups, { interval, first }: StatsRequest, perParent: boolean): SQL {
  const order = [
    ...(interval === undefined ? [] : [sql`bucket desc`]),
    sql`count desc`,
    ...keys.map((key) => sql`${sql.identifier(key)} asc nulls last`),
  ];
  const partition = perParent ? sql`partition by parent ` : sql``;
  return sql`select * from (
      select *, row_number() over (${partition}order by ${join(order)}) as place, count(*) over (${partition}) as groups
      from (${statement}) as grouped) as ranked
    where place <= ${first} order by place`;
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

import { and, eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { Refusal } from '../../../domain/refusal.ts';
import type { Instant } from '../../../domain/values/instant.ts';
import { join, toTextArray } from '../../database/bulk.ts';
import type { TenantDatabase } from '../../database/database.ts';
import { run, runFixed } from '../../database/statements.ts';
import { readClock } from './clock.ts';
import { type Bucketing, type TimeInterval, toBucketing } from './time-bucket.ts';
import { parseTimeZone } from './time-zone.ts';

/** The rows of statistics, and their groupings and aggregates. */
export interface StatsSubject {
  database: TenantDatabase;
  table: PgTable & { tenantId: PgColumn };
  /** Selects the wanted rows of the tenant; undefined for all of them. */
  where: SQL | undefined;
  /** The instant that assigns a row to a bucket. An index of it begins with the tenant. */
  time: SQLWrapper;
  groupings: Readonly<Record<string, SQLWrapper>>;
  /** Aggregates by name. `count` is always computed. */
  aggregates: Readonly<Record<string, SQL>>;
}

export interface StatsRequest {
  groupBy: readonly string[];
  interval: TimeInterval | undefined;
  timeZone: string;
  /**
   * The most rows to return: the newest buckets and, within a bucket, the largest counts. Undefined
   * returns all rows, at most `STATS_SIZE.default`.
   */
  first: number | undefined;
  /** Names of the aggregates to compute. An unknown name throws. */
  wanted: readonly string[];
}

/** One row: its group keys, and aggregates as the driver returns them (sums as text). */
export interface StatsRow {
  bucketStart: Instant | undefined;
  keys: Readonly<Record<string, string | boolean | null>>;
  count: number;
  aggregates: Readonly<Record<string, unknown>>;
}

/**
 * The most rows without `first`, and the largest `first`. More rows without `first` are refused, so
 * no caller mistakes a part for the whole.
 */
export const STATS_SIZE = { default: 1_000, max: 10_000 } as const;
/** The most rows of all parents together. */
const MAX_ROWS_OF_PARENTS = 10_000;

/** A validated request, from which the statement is built. */
interface Question extends StatsRequest {
  bucketing: Bucketing | undefined;
  /** Rows to read per parent: one more than the limit, to detect that there are more. */
  limit: number;
}

/**
 * Computes statistics. Throws BAD_USER_INPUT for a wrong `first` or time zone, and TOO_MANY_GROUPS
 * for more than 1,000 rows without `first`.
 */
export async function readStats(subject: StatsSubject, request: StatsRequest): Promise<StatsRow[]> {
  const question = await toQuestion(subject, request);
  const groups = toGroups(subject, question, undefined);
  const statement = sql`select ${toAnswer(question)} from (${groups}) as grouped
    ${toOrderBy(question)} limit ${question.limit}`;
  return toStatsRows(await subject.database.read((queries) => run<Found>(queries, statement)), question);
}

/**
 * Computes the statistics of several parents with one statement; parents without rows are left out.
 * A parent with more than 1,000 rows without `first` has a TOO_MANY_GROUPS of its own. Throws
 * TOO_MANY_GROUPS for more than 10,000 rows of all of them, and otherwise as `readStats`.
 */
export async function readStatsOf(
  subject: StatsSubject,
  parents: { column: SQLWrapper; ids: readonly string[] },
  request: StatsRequest,
): Promise<Map<string, StatsRow[] | Refusal>> {
  const question = await toQuestion(subject, request);
  const where = and(subject.where, sql`${parents.column} = any(${toTextArray(parents.ids)})`);
  const groups = toGroups({ ...subject, where }, question, parents.column);
  const statement = sql`select ${toAnswer(question)} from (
      select *, row_number() over (partition by parent ${toOrderBy(question)}) as place from (${groups}) as grouped
    ) as ranked where place <= ${question.limit} order by place limit ${MAX_ROWS_OF_PARENTS + 1}`;
  const found = await subject.database.read((queries) => run<Found>(queries, statement));
  if (found.length > MAX_ROWS_OF_PARENTS) {
    const message = `The parents of this field have more than ${MAX_ROWS_OF_PARENTS} rows together: pass a smaller \`first\`, or ask for fewer parents.`;
    throw new Refusal('TOO_MANY_GROUPS', message);
  }
  const byParent = new Map<string, Found[]>();
  for (const row of found) {
    const id = String(row.parent);
    const rows = byParent.get(id);
    if (rows === undefined) byParent.set(id, [row]);
    else rows.push(row);
  }
  return new Map([...byParent].map(([id, rows]) => [id, toRowsOfParent(rows, question)]));
}

/** The statistics of a parent without rows: one empty row if they are not grouped. */
export function toEmptyStats({ groupBy, interval, wanted }: StatsRequest): StatsRow[] {
  if (groupBy.length > 0 || interval !== undefined) return [];
  const aggregates = Object.fromEntries(wanted.map((name) => [name, null]));
  return [{ bucketStart: undefined, keys: {}, count: 0, aggregates }];
}

async function toQuestion(subject: StatsSubject, request: StatsRequest): Promise<Question> {
  const { first, interval, timeZone } = request;
  if (first !== undefined && (first < 1 || first > STATS_SIZE.max)) {
    throw new Refusal('BAD_USER_INPUT', `first: ${first} is not from 1 to ${STATS_SIZE.max}.`);
  }
  // Validated without an interval too: a wrong argument is an error even if it is not used.
  const zone = parseTimeZone(timeZone);
  return {
    ...request,
    groupBy: [...new Set(request.groupBy)],
    bucketing: interval && toBucketing(subject.time, interval, await readPeriods(subject, zone)),
    limit: first ?? STATS_SIZE.default + 1,
  };
}

const UTC = [{ startMs: Number.NEGATIVE_INFINITY, offsetMs: 0 }];
const YEAR_MS = 366 * 86_400_000;

/**
 * Returns the periods of a zone's clock over all rows of the tenant. Two index lookups find the
 * first and the last time. One year more on both sides covers the start of the first bucket, and
 * rows that are stored before the statistics are read.
 */
async function readPeriods(subject: StatsSubject, zone: string) {
  if (zone === 'UTC') return UTC;
  const toSeconds = (value: SQL) => sql`date_part('epoch', coalesce(${value}, now()))::bigint`;
  const { database, table, time } = subject;
  const [range] = await database.read((queries) =>
    runFixed<{ earliest: unknown; latest: unknown }>(
      queries,
      sql`select ${toSeconds(sql`min(${time})`)} as earliest, ${toSeconds(sql`max(${time})`)} as latest from ${table} where ${isOfTenant(subject)}`,
    ),
  );
  return readClock(zone, Number(range?.earliest) * 1000 - YEAR_MS, Number(range?.latest) * 1000 + YEAR_MS);
}

/** Selects all rows of the tenant. */
function isOfTenant({ database, table }: StatsSubject): SQL {
  return eq(table.tenantId, database.tenantId);
}

type Column = [name: string, value: SQLWrapper];

/** Returns the statement that groups and aggregates. */
function toGroups(subject: StatsSubject, question: Question, parent: SQLWrapper | undefined): SQL {
  const { groupBy, bucketing, wanted } = question;
  const grouped: Column[] = [
    ...(bucketing === undefined ? [] : [['bucket', bucketing.key] satisfies Column]),
    ...(parent === undefined ? [] : [['parent', parent] satisfies Column]),
    ...groupBy.map(
      (name, index): Column => [toKey(index), requireNamed(subject.groupings, name, 'grouping')],
    ),
  ];
  const values = wanted.map((name, index): Column => {
    return [`value_${index}`, requireNamed(subject.aggregates, name, 'aggregate')];
  });
  const columns = [...grouped, ['count', sql`count(*)`] satisfies Column, ...values];
  const selected = columns.map(([name, value]) => sql`${value} as ${sql.identifier(name)}`);
  // By position: the same parameter written twice would count as two expressions.
  const places = grouped.map((_, index) => sql.raw(String(index + 1)));
  const rows = sql`select ${join(selected)} from ${subject.table} where ${and(isOfTenant(subject), subject.where)}`;
  return places.length > 0 ? sql`${rows} group by ${join(places)}` : rows;
}

/** A grouping or aggregate by name. Throws for an unknown one, which is a fault of the schema. */
function requireNamed<Value>(values: Readonly<Record<string, Value>>, name: string, kind: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return value;
}

const toKey = (index: number) => `key_${index}`;

/** Orders by newest bucket, then by largest count, then by keys. */
function toOrderBy({ groupBy, bucketing }: Question): SQL {
  const order = [
    ...(bucketing === undefined ? [] : [sql`bucket desc`]),
    sql`count desc`,
    // By code point, so the order does not depend on the locale of the database.
    ...groupBy.map((_, index) => sql`${sql.identifier(toKey(index))}::text collate "C" asc nulls last`),
  ];
  return sql`order by ${join(order)}`;
}

/**
 * Returns the columns to read. Buckets are read as seconds, which are independent of DateStyle and
 * TimeZone.
 */
function toAnswer({ bucketing }: Question): SQL {
  return bucketing === undefined ? sql`*` : sql`*, date_part('epoch', bucket)::bigint as bucket_seconds`;
}

type Found = Readonly<Record<string, unknown>>;

function toRowsOfParent(rows: readonly Found[], question: Question): StatsRow[] | Refusal {
  try {
    return toStatsRows(rows, question);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function toStatsRows(rows: readonly Found[], { groupBy, bucketing, first, wanted }: Question): StatsRow[] {
  if (first === undefined && rows.length > STATS_SIZE.default) {
    const message = `There are more than ${STATS_SIZE.default} rows: pass \`first\` to read that many of them, narrow \`where\`, or use a longer interval.`;
    throw new Refusal('TOO_MANY_GROUPS', message);
  }
  return rows.map((row) => ({
    bucketStart: bucketing?.toStart(Number(row.bucket_seconds)),
    keys: Object.fromEntries(
      groupBy.map((name, index) => [name, row[toKey(index)] as string | boolean | null]),
    ),
    count: Number(row.count),
    aggregates: Object.fromEntries(wanted.map((name, index) => [name, row[`value_${index}`]])),
  }));
}

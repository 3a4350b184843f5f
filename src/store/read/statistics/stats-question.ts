import { type SQL, sql } from 'drizzle-orm';
import { Refusal } from '../../../domain/refusal.ts';
import { runFixed } from '../../database/statements.ts';
import { type OrderInput, toDistinctOrders } from '../pages/order.ts';
import { type Period, readClock } from './clock.ts';
import {
  isOfTenant,
  STATS_SIZE,
  type StatsOrder,
  type StatsRequest,
  type StatsSubject,
} from './stats-request.ts';
import { type Bucketing, type TimeInterval, toBucketing } from './time-bucket.ts';
import type { TimeRange } from './time-range.ts';
import { parseTimeZone } from './time-zone.ts';

/** A validated request, from which the statement is built. */
export interface Question extends StatsRequest {
  bucketing: Bucketing | undefined;
  orders: readonly RequestedOrder[];
  /** The buckets to return even if they are empty; undefined for none. */
  filling: Filling | undefined;
  /** Rows to read per parent: one more than the limit, to detect that there are more. */
  limit: number;
}

/** An order by a column of the groups, or by a value of its own. */
interface RequestedOrder {
  column: string;
  own: StatsOrder | undefined;
  direction: OrderInput['direction'];
}

/** All buckets of a time range. */
export interface Filling extends Pick<Bucketing, 'fromSeconds'> {
  /** The keys of the buckets. */
  seconds: readonly number[];
  /** The most rows of all buckets and groups together. */
  most: number;
}

/** The most rows with and without data before `first` cuts them, of all parents together. */
const MAX_FILLED = 100_000;

/** Validates a request. `parents` is the number of parents; undefined if there are none. */
export async function toQuestion(
  subject: StatsSubject,
  request: StatsRequest,
  parents: number | undefined,
): Promise<Question> {
  const { first, interval, timeZone } = request;
  if (first !== undefined && (first < 1 || first > STATS_SIZE.max)) {
    throw new Refusal('BAD_USER_INPUT', `first: ${first} is not from 1 to ${STATS_SIZE.max}.`);
  }
  // Validated without an interval too: a wrong argument is an error even if it is not used.
  const zone = parseTimeZone(timeZone);
  const range = request.fill ? requireFillRange(subject, interval) : undefined;
  const bucketing = interval && toBucketing(subject.time, interval, await readPeriods(subject, zone, range));
  const question = {
    ...request,
    groupBy: [...new Set(request.groupBy)],
    bucketing,
    orders: toOrders(subject, request),
    limit: first ?? STATS_SIZE.default + 1,
  };
  const filling = bucketing && range && toFilling(bucketing, range, question, parents);
  return { ...question, filling };
}

/** The requested orders. Without an interval, all rows have the same bucket: none. */
function toOrders(subject: StatsSubject, { orderBy, interval }: StatsRequest): RequestedOrder[] {
  const columns: Readonly<Record<string, string>> = { BUCKET_START: 'bucket', COUNT: 'count' };
  const most = Object.keys({ ...columns, ...subject.orders }).length;
  return toDistinctOrders(orderBy, most).flatMap(({ field, direction }) => {
    if (field === 'BUCKET_START' && interval === undefined) return [];
    const own = subject.orders[field];
    if (own === undefined && columns[field] === undefined) throw new Error(`There is no order by ${field}.`);
    return { column: columns[field] ?? '', own, direction };
  });
}

/** No bucket is longer: a week that repeats a day at the date line has eight days. */
const LONGEST_MS = {
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 2 * 86_400_000,
  WEEK: 8 * 86_400_000,
  MONTH: 32 * 86_400_000,
} satisfies Record<TimeInterval, number>;

/**
 * Returns the time range to fill. Throws BAD_USER_INPUT if the request has no interval or does not
 * limit the time, and TOO_MANY_GROUPS if the range alone has too many buckets.
 */
function requireFillRange(
  { range, timeFilter }: StatsSubject,
  interval: TimeInterval | undefined,
): TimeRange {
  if (interval === undefined) throw new Refusal('BAD_USER_INPUT', 'fill: needs `interval`.');
  if (range === undefined) {
    const message = `fill: needs a \`where\` that limits \`${timeFilter}\` on both sides (gte or gt, and lt or lte), beside the other conditions or in \`and\`.`;
    throw new Refusal('BAD_USER_INPUT', message);
  }
  if ((range.toMs - range.fromMs) / LONGEST_MS[interval] > MAX_FILLED) throw tooManyFilled();
  return range;
}

function toFilling(
  { listKeys, fromSeconds }: Bucketing,
  range: TimeRange,
  { first, groupBy }: StatsRequest,
  parents: number | undefined,
): Filling {
  // The rows of each parent have a limit of their own, which applies after they are made.
  const most = first === undefined && parents === undefined ? STATS_SIZE.default : MAX_FILLED;
  const filling = { fromSeconds, seconds: listKeys(range, MAX_FILLED), most };
  if (filling.seconds.length > MAX_FILLED) throw tooManyFilled();
  if (groupBy.length === 0) requireFew(filling, parents ?? 1);
  return filling;
}

/** Throws TOO_MANY_GROUPS if that many groups have too many rows in all buckets together. */
export function requireFew({ seconds, most }: Filling, groups: number): void {
  if (groups * seconds.length <= most) return;
  throw most === MAX_FILLED ? tooManyFilled() : tooManyRows();
}

function tooManyFilled(): Refusal {
  const message = `fill: all buckets of all groups are more than ${MAX_FILLED} rows: narrow \`where\`, or use a longer interval.`;
  return new Refusal('TOO_MANY_GROUPS', message);
}

export function tooManyRows(): Refusal {
  const message = `There are more than ${STATS_SIZE.default} rows: pass \`first\` to read that many of them, narrow \`where\`, or use a longer interval.`;
  return new Refusal('TOO_MANY_GROUPS', message);
}

const UTC = [{ startMs: Number.NEGATIVE_INFINITY, offsetMs: 0 }];
const YEAR_MS = 366 * 86_400_000;

/**
 * Returns the periods of a zone's clock over the range, else over all rows of the tenant. Two index
 * lookups find the first and the last time. One year more on both sides covers the start of the
 * first bucket, and rows that are stored before the statistics are read.
 */
async function readPeriods(
  subject: StatsSubject,
  zone: string,
  range: TimeRange | undefined,
): Promise<Period[]> {
  if (zone === 'UTC') return UTC;
  const { fromMs, toMs } = range ?? (await readTimes(subject));
  return readClock(zone, fromMs - YEAR_MS, toMs + YEAR_MS);
}

/** The first and the last time of all rows of the tenant; now if there are none. */
async function readTimes(subject: StatsSubject): Promise<TimeRange> {
  const toSeconds = (value: SQL) => sql`date_part('epoch', coalesce(${value}, now()))::bigint`;
  const { database, table, time } = subject;
  const [found] = await database.read((queries) =>
    runFixed<{ earliest: unknown; latest: unknown }>(
      queries,
      sql`select ${toSeconds(sql`min(${time})`)} as earliest, ${toSeconds(sql`max(${time})`)} as latest from ${table} where ${isOfTenant(subject)}`,
    ),
  );
  return { fromMs: Number(found?.earliest) * 1000, toMs: Number(found?.latest) * 1000 };
}

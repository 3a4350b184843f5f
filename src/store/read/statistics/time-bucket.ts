/**
 * How rows are grouped by time, in the clock of a zone that `readClock` describes as periods of one
 * offset each. The statement contains instants and offsets only. It has no name of a zone and calls
 * no function that depends on the session's TimeZone, so every database returns the same buckets.
 *
 * Minutes and hours are those of the clock within one period. An hour that autumn repeats is two
 * buckets, because a change of the clock lies between them. In each period hours start at a fixed
 * distance from UTC's, so `date_bin` with an origin of that period finds a row's hour, and the hour
 * in which a period starts is cut there. Neighbouring periods whose hours continue without a cut
 * are merged into one grid. All of Europe and most of America, Asia and Africa have a single grid,
 * and then no row looks for its period.
 *
 * Days, weeks and months are those of the calendar. A row's time is shifted by its period's offset
 * and truncated, which gives the local midnight that the bucket is named by. A day that repeats its
 * midnight is therefore one bucket. The bucket's start is the first instant at which the clock
 * shows that midnight or a later time. It is computed here, for each row of the answer.
 *
 * Where there are several periods, `width_bucket` finds a row's period by binary search in an
 * array.
 */
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { type Instant, toInstant } from '../../../domain/values/instant.ts';
import { toArrayText } from '../../database/bulk.ts';
import { listCalendarKeys, listClockKeys } from './bucket-keys.ts';
import type { Period } from './clock.ts';
import { type Grid, toGrids } from './grids.ts';
import type { TimeRange } from './time-range.ts';

/** The lengths of time that rows are grouped by. Weeks begin on Monday. */
export const TIME_INTERVALS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type TimeInterval = (typeof TIME_INTERVALS)[number];

/** How rows are grouped by time. */
export interface Bucketing {
  /**
   * Equal for the rows of one bucket, greater for a later bucket. A timestamp with or without time
   * zone.
   */
  key: SQL;
  /**
   * The first instant of a bucket; takes its key in seconds since 1970, as if a key without zone
   * were UTC's.
   */
  toStart: (keySeconds: number) => Instant;
  /** The keys of the buckets of a range, in seconds; at most one more than `most`. */
  listKeys: (range: TimeRange, most: number) => number[];
  /** Converts a column of such seconds to keys. */
  fromSeconds: (seconds: SQL) => SQL;
}

const STRIDES_MS = { MINUTE: 60_000, HOUR: 3_600_000 } as const;
const FIRST_INSTANT_MS = Date.parse('0001-01-01T00:00:00Z');

/** Groups a column of timestamptz. The periods, oldest first, cover every instant of the column. */
export function toBucketing(time: SQLWrapper, interval: TimeInterval, periods: readonly Period[]): Bucketing {
  if (interval === 'MINUTE' || interval === 'HOUR') {
    const strideMs = STRIDES_MS[interval];
    const grids = toGrids(periods, strideMs);
    return {
      key: toStartOfClock(time, strideMs, grids),
      toStart: (seconds) => toInstantInRange(seconds * 1000),
      listKeys: (range, most) => listClockKeys(grids, strideMs, range, most),
      fromSeconds: (seconds) => sql`to_timestamp(${seconds})`,
    };
  }
  const unit = sql.raw(`'${interval.toLowerCase()}'`);
  return {
    key: sql`date_trunc(${unit}, timezone(${toOffset(time, periods)}, ${time}))`,
    toStart: (seconds) => toInstantInRange(toFirstInstant(periods, seconds * 1000)),
    listKeys: (range, most) => listCalendarKeys(periods, interval, range, most),
    fromSeconds: (seconds) => sql`timezone(interval '0 secs', to_timestamp(${seconds}))`,
  };
}

function toStartOfClock(time: SQLWrapper, strideMs: number, grids: readonly Grid[]): SQL {
  const stride = toInterval(strideMs);
  const [only, ...others] = grids.map(({ phaseMs }) => toOrigin(phaseMs));
  if (only !== undefined && others.length === 0)
    return sql`date_bin(${stride}, ${time}, ${sql.raw(`timestamptz '${only}'`)})`;
  const origins = toArrayText(grids.map(({ phaseMs }) => toOrigin(phaseMs)));
  const place = toPlace(time, grids);
  // A row's own hour may have started in the period before.
  return sql`greatest((${toStarts(grids)})[${place}], date_bin(${stride}, ${time}, (${origins}::timestamptz[])[${place}]))`;
}

/**
 * An instant from which minutes or hours are counted. It precedes all others, because
 * `date_bin` of older minor releases of PostgreSQL 15 and 16 rounds instants before its origin
 * wrongly.
 */
function toOrigin(phaseMs: number): string {
  return `4000-01-01T${new Date(phaseMs).toISOString().slice(11, 19)}Z BC`;
}

/** The offset from UTC at a row's time. */
function toOffset(time: SQLWrapper, periods: readonly Period[]): SQL {
  const [only, ...others] = periods;
  if (only !== undefined && others.length === 0) return toInterval(only.offsetMs);
  const offsets = toArrayText(periods.map(({ offsetMs }) => `${offsetMs / 1000} secs`));
  return sql`(${offsets}::interval[])[${toPlace(time, periods)}]`;
}

/** The index, from 1, of the period that contains a row's time. */
function toPlace(time: SQLWrapper, times: readonly { startMs: number }[]): SQL {
  return sql`width_bucket(${time}, ${toStarts(times)})`;
}

function toStarts(times: readonly { startMs: number }[]): SQL {
  const starts = times.map(({ startMs }) => (Number.isFinite(startMs) ? toInstant(startMs) : '-infinity'));
  return sql`${toArrayText(starts)}::timestamptz[]`;
}

function toInterval(ms: number): SQL {
  return sql.raw(`interval '${ms / 1000} secs'`);
}

/** The first instant at which the clock shows a local time or a later one. */
function toFirstInstant(periods: readonly Period[], localMs: number): number {
  const shows = periods.find(({ offsetMs }, index) => {
    const endMs = periods[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    return endMs + offsetMs > localMs;
  });
  // The last period has no end, so there is always one.
  return shows === undefined ? localMs : Math.max(shows.startMs, localMs - shows.offsetMs);
}

/**
 * A zone's first bucket may begin in the year before the year 1, which no instant of the API can
 * express.
 */
function toInstantInRange(ms: number): Instant {
  return toInstant(Math.max(ms, FIRST_INSTANT_MS));
}

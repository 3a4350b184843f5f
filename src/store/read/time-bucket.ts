import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { Refusal } from '../../domain/refusal.ts';

/** The lengths of time that rows are gathered by. Weeks begin on Monday. */
export const TIME_INTERVALS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type TimeInterval = (typeof TIME_INTERVALS)[number];

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** How rows are gathered by time. */
export interface Bucketing {
  /** The rows that have the same of all of these are one bucket. */
  keys: SQL[];
  /** The instant at which a bucket begins, of its keys. */
  toStart: (keys: readonly SQLWrapper[]) => SQL;
}

/**
 * The buckets of a time zone, which has been checked. Each begins at the first instant that belongs to it. Minutes and hours are
 * those of the clock between two changes of it, so that the hour which autumn repeats is two buckets; days and longer are those
 * of the calendar, so that a day which repeats its midnight is one.
 */
export function toBucketing(time: SQLWrapper, interval: TimeInterval, timeZone: string): Bucketing {
  const unit = sql.raw(`'${interval.toLowerCase()}'`);
  // Sessions run in UTC.
  if (timeZone === 'UTC') {
    return { keys: [sql`date_trunc(${unit}, ${time})`], toStart: ([bucket]) => sql`${bucket}` };
  }
  const local = sql`date_trunc(${unit}, ${time} at time zone ${timeZone})`;
  if (interval !== 'MINUTE' && interval !== 'HOUR') {
    return { keys: [local], toStart: ([midnight = local]) => toFirstMidnight(midnight, timeZone) };
  }
  return {
    // Where the clock changes within an hour (Chatham at 2:45), what is cut off the time alone would join two hours.
    keys: [sql`date_trunc(${unit}, ${time}, ${timeZone})`, local],
    toStart: ([cut = time, clock = local]) => toFirstOfHour(cut, clock, timeZone, interval),
  };
}

/**
 * The first instant of a day. PostgreSQL gives the later one of two midnights, and the change of the clock for one that is skipped. A
 * day earlier the clock goes as before a change: where it would show this midnight and does, that is the earlier one.
 */
function toFirstMidnight(midnight: SQLWrapper, timeZone: string): SQL {
  const later = sql`(${midnight} at time zone ${timeZone})`;
  const dayBefore = sql`(${later} - interval '24 hours')`;
  const earlier = sql`(${dayBefore} + (${midnight} - (${dayBefore} at time zone ${timeZone})))`;
  return sql`case when ${earlier} < ${later} and ${earlier} at time zone ${timeZone} = ${midnight}
    then ${earlier} else ${later} end`;
}

/**
 * The first instant of an hour or a minute: what is cut off the time, unless the clock went otherwise there; then the change of
 * the clock, which is looked for in steps of a sixtieth.
 */
function toFirstOfHour(
  cut: SQLWrapper,
  clock: SQLWrapper,
  timeZone: string,
  interval: 'MINUTE' | 'HOUR',
): SQL {
  const [length, step] = interval === 'HOUR' ? ['1 hour', '1 minute'] : ['1 minute', '1 second'];
  return sql`case when ${cut} at time zone ${timeZone} = ${clock} then ${cut} else (
    select min(moment) from generate_series(${cut}, ${cut} + ${length}::interval, ${step}::interval) as moment
    where (moment at time zone ${timeZone}) - ${clock} = moment - ${cut}) end`;
}

/** Throws BAD_USER_INPUT for what is no time zone, whether or not there is an interval to cut by it. */
export function checkTimeZone(name: string): void {
  if (isTimeZone(name)) return;
  throw new Refusal('BAD_USER_INPUT', 'timeZone: this is no IANA time zone such as Europe/Berlin.');
}

function isTimeZone(name: string): boolean {
  if (!ZONE_NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

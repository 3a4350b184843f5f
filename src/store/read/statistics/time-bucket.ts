import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { Refusal } from '../../../domain/refusal.ts';

/** The lengths of time that rows are gathered by. Weeks begin on Monday. */
export const TIME_INTERVALS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type TimeInterval = (typeof TIME_INTERVALS)[number];

/** IANA's names of three letters. Others (IST, PST) are abbreviations, which JavaScript and PostgreSQL know too, each with its own meaning. */
const SHORT_NAMES = new Set('CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET'.split(' '));
/** Names that JavaScript knows and IANA no longer does. */
const GONE = /^SystemV\/|^US\/Pacific-New$/i;

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
  if (isCutAsInUtc(interval, timeZone)) {
    // Sessions run in UTC.
    return { keys: [sql`date_trunc(${unit}, ${time})`], toStart: ([cut = time]) => sql`${cut}` };
  }
  const local = sql`date_trunc(${unit}, ${time} at time zone ${timeZone})`;
  if (interval === 'HOUR') {
    return {
      // Where the clock changes within an hour (Chatham at 2:45), what is cut off the time alone would join two hours.
      keys: [sql`date_trunc(${unit}, ${time}, ${timeZone})`, local],
      toStart: ([cut = time, hour = local]) => toFirstOfHour(cut, hour, timeZone),
    };
  }
  return { keys: [local], toStart: ([midnight = local]) => toFirstMidnight(midnight, timeZone) };
}

/**
 * Whether buckets begin when those of UTC do, which is much cheaper to find: minutes do everywhere since 1972. The hour in which such a
 * zone changes its clock at another time than the full hour is not cut there; the last to do so was Antarctica/Casey in 2022.
 */
function isCutAsInUtc(interval: TimeInterval, timeZone: string): boolean {
  if (timeZone === 'UTC' || interval === 'MINUTE') return true;
  return interval === 'HOUR' && hasWholeHours(timeZone);
}

/** The years in which the time zone database vouches for clocks. */
const [FIRST_YEAR, LAST_YEAR] = [1970, 2037];

/** What has been found of zones, by the name that stands for all its spellings. */
const wholeHours = new Map<string, boolean>();

/** Whether the clocks of a zone differ from UTC by whole hours, in winter and summer. */
function hasWholeHours(timeZone: string): boolean {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const name = format.resolvedOptions().timeZone;
  const found = wholeHours.get(name) ?? findWholeHours(format);
  wholeHours.set(name, found);
  return found;
}

function findWholeHours(format: Intl.DateTimeFormat): boolean {
  for (let year = FIRST_YEAR; year <= LAST_YEAR; year += 1) {
    for (const month of [0, 6]) {
      const parts = format.formatToParts(Date.UTC(year, month));
      const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
      if (!/^GMT([+-]\d\d:00)?$/.test(offset)) return false;
    }
  }
  return true;
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
 * The first instant of an hour: what is cut off the time, unless the clock did not show this hour then; else the change of the
 * clock, which is looked for minute by minute.
 */
function toFirstOfHour(cut: SQLWrapper, hour: SQLWrapper, timeZone: string): SQL {
  return sql`case when ${cut} at time zone ${timeZone} = ${hour} then ${cut} else (
    select min(minute) from generate_series(${cut}, ${cut} + interval '1 hour', interval '1 minute') as minute
    where (minute at time zone ${timeZone}) - ${hour} = minute - ${cut}) end`;
}

/** Throws BAD_USER_INPUT for what is no time zone, whether or not there is an interval to cut by it. */
export function checkTimeZone(name: string): void {
  if (isTimeZone(name)) return;
  throw new Refusal('BAD_USER_INPUT', 'timeZone: this is no IANA time zone such as Europe/Berlin.');
}

function isTimeZone(name: string): boolean {
  if (!ZONE_NAME.test(name) || GONE.test(name)) return false;
  if (name.length === 3 && !SHORT_NAMES.has(name.toUpperCase())) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

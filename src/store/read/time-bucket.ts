import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { Refusal } from '../../domain/refusal.ts';

/** The lengths of time that rows are gathered by. Weeks begin on Monday. */
export const TIME_INTERVALS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type TimeInterval = (typeof TIME_INTERVALS)[number];

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/**
 * Where the bucket of a time begins, in a time zone. Minutes and hours are cut off the time itself, so that the hour which
 * autumn repeats is two buckets; days and longer begin at local midnight. The zone has been checked.
 */
export function toBucket(time: SQLWrapper, interval: TimeInterval, timeZone: string): SQL {
  const unit = sql.raw(`'${interval.toLowerCase()}'`);
  // Sessions run in UTC.
  if (timeZone === 'UTC') return sql`date_trunc(${unit}, ${time})`;
  if (interval !== 'MINUTE' && interval !== 'HOUR') return sql`date_trunc(${unit}, ${time}, ${timeZone})`;
  const local = sql`(${time} at time zone ${timeZone})`;
  return sql`${time} - (${local} - date_trunc(${unit}, ${local}))`;
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

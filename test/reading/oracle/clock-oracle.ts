export const INTERVALS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type Interval = (typeof INTERVALS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** No clock is so far ahead of UTC. */
const AHEAD_MS = 15 * HOUR_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show at a moment, as if it were UTC. */
export function toLocal(ms: number, timeZone: string): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1000) + 1000) % 1000);
}

const known = new Map<string, number>();

/** Where the bucket of a moment begins: found by going through the minutes, not by computing it. */
export function toBucketStart(ms: number, interval: Interval, timeZone: string): number {
  const minute = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  if (interval === 'MINUTE') return minute;
  if (interval === 'HOUR') return toHourStart(minute, timeZone);
  const date = toFirstDate(toLocal(ms, timeZone), interval);
  const name = `${timeZone} ${date}`;
  const start = known.get(name) ?? findFirstMinute(date, timeZone);
  known.set(name, start);
  return start;
}

/** An hour lasts while the clock shows it and continues without a change. */
function toHourStart(minute: number, timeZone: string): number {
  const hourAt = (ms: number) => {
    const local = toLocal(ms, timeZone);
    return `${Math.floor(local / HOUR_MS)} ${local - ms}`;
  };
  let start = minute;
  while (hourAt(start - MINUTE_MS) === hourAt(minute)) start -= MINUTE_MS;
  return start;
}

/** The day, the Monday or the first of the month that a local time is in. */
function toFirstDate(local: number, interval: 'DAY' | 'WEEK' | 'MONTH'): number {
  const date = new Date(local);
  date.setUTCHours(0, 0, 0, 0);
  if (interval === 'WEEK') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  if (interval === 'MONTH') date.setUTCDate(1);
  return date.getTime();
}

/**
 * The first minute that the calendar of a zone gives a date; of the next one where it has none of
 * this.
 */
function findFirstMinute(date: number, timeZone: string): number {
  let minute = date - AHEAD_MS;
  while (toLocal(minute, timeZone) < date) minute += MINUTE_MS;
  return minute;
}

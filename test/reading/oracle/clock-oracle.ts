export const INTERVALS = ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH'] as const;
export type Interval = (typeof INTERVALS)[number];

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** No clock is so far ahead of UTC. */
const AHEAD_MS = 15 * HOUR_MS;

/** A clock of a zone, and what it showed at each moment that was asked for. */
interface Clock {
  format: Intl.DateTimeFormat;
  shown: Map<number, number>;
}

const clocks = new Map<string, Clock>();

function openClock(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return { format, shown: new Map() };
}

/** What the clocks of a zone show at a moment, as if it were UTC. */
export function toLocal(ms: number, timeZone: string): number {
  const clock = clocks.get(timeZone) ?? openClock(timeZone);
  clocks.set(timeZone, clock);
  const local = clock.shown.get(ms) ?? readClock(ms, clock.format);
  clock.shown.set(ms, local);
  return local;
}

/** The text of this format costs less than half of its parts: `3/30/2025, 03:00:00`. */
function readClock(ms: number, format: Intl.DateTimeFormat): number {
  const numbers = format.format(ms).split(/\D+/).map(Number);
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = numbers;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((ms % 1000) + 1000) % 1000);
}

/** Starts that were found before: each costs a hundred looks at the clock. */
const known = new Map<string, number>();

function findOnce(name: string, find: () => number): number {
  const start = known.get(name) ?? find();
  known.set(name, start);
  return start;
}

/** The start of the bucket of an instant: found by reading the clock, not by computing it. */
export function toBucketStart(ms: number, interval: Interval, timeZone: string): number {
  const minute = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  if (interval === 'MINUTE') return minute;
  if (interval === 'HOUR') return findOnce(`${timeZone} hour ${minute}`, () => toHourStart(minute, timeZone));
  const date = toFirstDate(toLocal(ms, timeZone), interval);
  return findOnce(`${timeZone} date ${date}`, () => findFirstMinute(date, timeZone));
}

/** So often is the clock looked at: no bucket of these dates is shorter. */
const LOOK_MS = { MINUTE: MINUTE_MS, HOUR: 15 * MINUTE_MS, DAY: HOUR_MS, WEEK: HOUR_MS, MONTH: HOUR_MS };

/** The starts of all buckets between two instants, both included, oldest first. */
export function listBucketStarts(
  fromMs: number,
  toMs: number,
  interval: Interval,
  timeZone: string,
): number[] {
  const looks = [fromMs, toMs];
  const look = LOOK_MS[interval];
  for (let ms = Math.ceil(fromMs / look) * look; ms <= toMs; ms += look) looks.push(ms);
  const starts = looks.map((ms) => toBucketStart(ms, interval, timeZone));
  return fromMs > toMs ? [] : [...new Set(starts)].sort((a, b) => a - b);
}

/** An hour lasts while the clock shows it and continues without a change. */
function toHourStart(minute: number, timeZone: string): number {
  const hourAt = (ms: number) => {
    const local = toLocal(ms, timeZone);
    return `${Math.floor(local / HOUR_MS)} ${local - ms}`;
  };
  const hour = hourAt(minute);
  let start = minute;
  while (hourAt(start - MINUTE_MS) === hour) start -= MINUTE_MS;
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
 * The first minute at which the clock of a zone shows a date, or the next date where the zone
 * skips this one. The search passes hours before it in which the clock does not change, then
 * single minutes.
 */
function findFirstMinute(date: number, timeZone: string): number {
  const aheadAt = (ms: number) => toLocal(ms, timeZone) - ms;
  let minute = date - AHEAD_MS;
  let ahead = aheadAt(minute);
  while (minute + ahead < date) {
    const later = minute + HOUR_MS;
    const isSteady = later + ahead < date && aheadAt(later) === ahead;
    minute = isSteady ? later : minute + MINUTE_MS;
    if (!isSteady) ahead = aheadAt(minute);
  }
  return minute;
}

/**
 * What the clocks of a time zone show, read from the runtime's Intl. Intl is the only source: the
 * database gets no name of a zone, so its own zone data, which may lack names or be older, changes
 * no answer.
 *
 * A clock is a list of periods, each with one offset from UTC. Intl answers only for an instant, so
 * a period's start is found by asking every `STEP_MS` and then by binary search between two answers
 * that differ. A change that is undone within one step is missed. The shortest period in the zone
 * data is seven days less an hour (Brazil's north-east, October 2000).
 *
 * Years are read one by one, when a question needs them, and kept in an LRU cache. Before
 * `FIRST_YEAR` no zone had changed its clock; after `LAST_YEAR` a clock keeps the offset of that
 * year's end.
 */
import { LruCache } from '../../../domain/lru-cache.ts';

/**
 * A time in which the clock of a zone has one offset. The first period of a clock starts at
 * -Infinity.
 */
export interface Period {
  startMs: number;
  /** The offset from UTC, in milliseconds. */
  offsetMs: number;
}

const DAY_MS = 86_400_000;
const STEP_MS = 5 * DAY_MS;
const FIRST_YEAR = 1840;
const LAST_YEAR = 2100;

/** Years of zones. Sixty years of all 600 names would be 36,000; a dashboard needs a few of one. */
const MAX_YEARS = 20_000;
const MAX_FORMATS = 100;

const years = new LruCache<string, readonly Period[]>(MAX_YEARS);
const formats = new LruCache<string, Intl.DateTimeFormat>(MAX_FORMATS);

/**
 * The periods of a zone's clock that touch the time from one instant to another, oldest first, at
 * least one.
 */
export function readClock(timeZone: string, fromMs: number, toMs: number): Period[] {
  const first = toYear(fromMs);
  const last = Math.max(first, toYear(toMs));
  const periods: Period[] = [
    { startMs: Number.NEGATIVE_INFINITY, offsetMs: toOffsetMs(timeZone, Date.UTC(first, 0)) },
  ];
  for (let year = first; year <= last; year += 1) periods.push(...readYear(timeZone, year));
  return periods;
}

function toYear(ms: number): number {
  return Math.min(Math.max(new Date(ms).getUTCFullYear(), FIRST_YEAR), LAST_YEAR);
}

/**
 * The periods that start within a year of UTC, its first instant excluded, that of the next
 * included.
 */
function readYear(timeZone: string, year: number): readonly Period[] {
  const key = `${timeZone} ${year}`;
  const known = years.get(key);
  if (known !== undefined) return known;
  const periods: Period[] = [];
  const endMs = Date.UTC(year + 1, 0);
  let fromMs = Date.UTC(year, 0);
  let offsetMs = toOffsetMs(timeZone, fromMs);
  while (fromMs < endMs) {
    const toMs = Math.min(fromMs + STEP_MS, endMs);
    const startMs = findChange(timeZone, fromMs, offsetMs, toMs);
    if (startMs !== undefined) {
      offsetMs = toOffsetMs(timeZone, startMs);
      periods.push({ startMs, offsetMs });
    }
    fromMs = startMs ?? toMs;
  }
  years.set(key, periods);
  return periods;
}

/**
 * The first second after `fromMs`, up to `toMs`, at which the offset is another one; undefined if
 * it is the same at `toMs`.
 */
function findChange(timeZone: string, fromMs: number, offsetMs: number, toMs: number): number | undefined {
  if (toOffsetMs(timeZone, toMs) === offsetMs) return undefined;
  let before = fromMs / 1000;
  let after = toMs / 1000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (toOffsetMs(timeZone, middle * 1000) === offsetMs) before = middle;
    else after = middle;
  }
  return after * 1000;
}

const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;

/**
 * The offset from UTC at an instant, in milliseconds; to the second, as local mean times are.
 */
function toOffsetMs(timeZone: string, ms: number): number {
  const text = toFormat(timeZone).format(ms);
  const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(text) ?? [];
  const offsetMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -offsetMs : offsetMs;
}

function toFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  formats.set(timeZone, format);
  return format;
}

import type { Place } from './place.ts';

export type Interval = 'MINUTE' | 'HOUR' | 'DAY' | 'WEEK' | 'MONTH';

/** The ranges that end now. */
export const RANGES = ['1h', '24h', '7d', '30d'] as const;
export type Range = (typeof RANGES)[number] | 'custom' | 'all';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LENGTHS: Readonly<Record<string, number>> = { '1h': HOUR, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY };
/** Ranges up to these lengths have bars of a minute, and of an hour. */
const MINUTE_BARS = 3 * HOUR;
const HOUR_BARS = 32 * DAY;

/** A time range. `gte` is included, `lt` is not. Both are missing if the range is everything. */
export interface Bounds {
  range: Range;
  gte?: string;
  lt?: string;
  interval: Interval;
}

/**
 * Returns the range of a place; without one, `fallback`. A range that ends now begins and ends
 * with a whole bar, so that it stays the same until the bar is over.
 */
export function toBounds({ params }: Place, fallback: Range, now: number): Bounds {
  const from = toInstant(params.get('from'));
  const to = toInstant(params.get('to'));
  if (from !== undefined || to !== undefined) {
    const length = (to ?? now) - (from ?? 0);
    return { range: 'custom', ...toFilter(from, to), interval: toInterval(length) };
  }
  const named = params.get('range') ?? fallback;
  const length = LENGTHS[named];
  if (length === undefined) return { range: 'all', interval: 'DAY' };
  const interval = toInterval(length);
  const bar = interval === 'MINUTE' ? MINUTE : HOUR;
  const end = (Math.floor(now / bar) + 1) * bar;
  return { range: named as Range, ...toFilter(end - length, end), interval };
}

/** Returns when the range of a place changes by itself; undefined if it does not. */
export function toNextChange({ range, lt }: Bounds): number | undefined {
  return lt === undefined || range === 'custom' ? undefined : Date.parse(lt);
}

function toFilter(from: number | undefined, to: number | undefined): Pick<Bounds, 'gte' | 'lt'> {
  return {
    ...(from !== undefined && { gte: new Date(from).toISOString() }),
    ...(to !== undefined && { lt: new Date(to).toISOString() }),
  };
}

function toInterval(length: number): Interval {
  if (length <= MINUTE_BARS) return 'MINUTE';
  return length <= HOUR_BARS ? 'HOUR' : 'DAY';
}

function toInstant(text: string | null): number | undefined {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? undefined : instant;
}

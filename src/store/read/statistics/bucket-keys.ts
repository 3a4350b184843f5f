/**
 * The keys of all buckets of a time range, for statistics that also return empty buckets. They are
 * the keys that the SQL of `time-bucket.ts` computes for the instants of the range, in seconds
 * since 1970. A bucket counts if it contains at least one millisecond of the range.
 *
 * The range is cut at the changes of the clock. So an hour that is repeated has two keys, an hour
 * that is skipped has none, and neither has a day that a zone skips at the date line.
 */
import type { Period } from './clock.ts';
import { type Grid, toRemainder } from './grids.ts';
import type { TimeRange } from './time-range.ts';

const DAY_MS = 86_400_000;

/** Lists the keys of minutes or hours, at most one more than `most`. */
export function listClockKeys(
  grids: readonly Grid[],
  strideMs: number,
  range: TimeRange,
  most: number,
): number[] {
  const keys: number[] = [];
  forEachPart(grids, range, ({ startMs, phaseMs }, fromMs, toMs) => {
    const firstMs = fromMs - toRemainder(fromMs - phaseMs, strideMs);
    for (let ms = firstMs; ms <= toMs && keys.length <= most; ms += strideMs) {
      keys.push(Math.max(ms, startMs) / 1000);
    }
  });
  return keys;
}

export type CalendarInterval = 'DAY' | 'WEEK' | 'MONTH';

/** Lists the keys of days, weeks or months, at most one more than `most`. */
export function listCalendarKeys(
  periods: readonly Period[],
  interval: CalendarInterval,
  range: TimeRange,
  most: number,
): number[] {
  // A set, because the clock may show a day again after a change.
  const keys = new Set<number>();
  forEachPart(periods, range, ({ offsetMs }, fromMs, toMs) => {
    const lastMs = toMs + offsetMs;
    let ms = truncate(fromMs + offsetMs, interval);
    while (ms <= lastMs && keys.size <= most) {
      keys.add(ms / 1000);
      ms = toNext(ms, interval);
    }
  });
  return [...keys];
}

/** Calls back for each period of a clock with its part of the range. */
function forEachPart<Part extends { startMs: number }>(
  parts: readonly Part[],
  range: TimeRange,
  visit: (part: Part, fromMs: number, toMs: number) => void,
): void {
  for (const [index, part] of parts.entries()) {
    const endMs = parts[index + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const fromMs = Math.max(part.startMs, range.fromMs);
    const toMs = Math.min(endMs - 1, range.toMs);
    if (fromMs <= toMs) visit(part, fromMs, toMs);
  }
}

/** The midnight at which the day, the week or the month of a local time begins. */
function truncate(localMs: number, interval: CalendarInterval): number {
  const midnight = localMs - toRemainder(localMs, DAY_MS);
  if (interval === 'DAY') return midnight;
  const date = new Date(midnight);
  if (interval === 'MONTH') return date.setUTCDate(1);
  return midnight - ((date.getUTCDay() + 6) % 7) * DAY_MS;
}

function toNext(midnight: number, interval: CalendarInterval): number {
  if (interval === 'DAY') return midnight + DAY_MS;
  if (interval === 'WEEK') return midnight + 7 * DAY_MS;
  const date = new Date(midnight);
  return date.setUTCMonth(date.getUTCMonth() + 1);
}

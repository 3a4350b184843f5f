import { type Interval, toBucketStart } from './clock-oracle.ts';
import { compareTexts, type Row, type Value } from './oracle.ts';

/** What statistics are about: the time of a row, its groupings, and what is computed of it. */
export interface StatsOf {
  field: string;
  filterType: string;
  groupingType: string;
  time: string;
  /** Groupings: which value of the row they are, and the answer's field. */
  groupings: Record<string, { value: string; field: string }>;
  durations: Record<string, string>;
  sums: Record<string, string>;
  counts: Record<string, (row: Row) => boolean>;
  /** Other aggregates. */
  others: Record<string, (rows: readonly Row[]) => number | null>;
}

export interface StatsQuestion {
  groupBy: string[];
  interval: Interval | undefined;
  timeZone: string;
  first: number;
}

/** All rows of statistics, without their order. */
export interface StatsGroup {
  bucketStart: string | null;
  keys: Value[];
  rows: Row[];
}

/** The groups, newest bucket first, then the largest; equally large ones by their keys. */
export function toGroups(rows: readonly Row[], of: StatsOf, question: StatsQuestion): StatsGroup[] {
  const { groupBy, interval, timeZone } = question;
  const groups = new Map<string, StatsGroup>();
  for (const row of rows) {
    const ms = Date.parse(String(row.values[of.time]));
    const bucketStart =
      interval === undefined ? null : new Date(toBucketStart(ms, interval, timeZone)).toISOString();
    const keys = groupBy.map((name) => row.values[of.groupings[name]?.value ?? ''] ?? null);
    const name = JSON.stringify([bucketStart, keys]);
    const group = groups.get(name) ?? { bucketStart, keys, rows: [] };
    group.rows.push(row);
    groups.set(name, group);
  }
  if (groupBy.length === 0 && interval === undefined && rows.length === 0) {
    return [{ bucketStart: null, keys: [], rows: [] }];
  }
  return [...groups.values()].sort(
    (a, b) =>
      compareTexts(b.bucketStart ?? '', a.bucketStart ?? '') ||
      b.rows.length - a.rows.length ||
      compareTexts(JSON.stringify(a.keys), JSON.stringify(b.keys)),
  );
}

/** What a group's row must say. */
export function toExpected({ bucketStart, keys, rows }: StatsGroup, of: StatsOf, { groupBy }: StatsQuestion) {
  const numbersOf = (name: string) =>
    rows.map((row) => row.values[name] ?? null).filter((value) => typeof value === 'number');
  const entries = [
    ...Object.entries(of.groupings).map(([name, { field }]) => [field, keys[groupBy.indexOf(name)] ?? null]),
    ...Object.entries(of.counts).map(([name, is]) => [name, rows.filter(is).length]),
    ...Object.entries(of.sums).map(([name, value]) => [name, sumOf(numbersOf(value))]),
    ...Object.entries(of.others).map(([name, compute]) => [name, compute(rows)]),
    ...Object.entries(of.durations).map(([name, value]) => [name, toDurations(numbersOf(value))]),
  ];
  return { bucketStart, count: rows.length, ...Object.fromEntries(entries) };
}

function sumOf(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0);
}

function toDurations(unsorted: readonly number[]) {
  const sorted = unsorted.toSorted((a, b) => a - b);
  const percentile = (fraction: number) => {
    const place = fraction * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? 0;
    const high = sorted[Math.ceil(place)] ?? 0;
    return sorted.length === 0 ? null : low + (high - low) * (place - Math.floor(place));
  };
  const sum = sumOf(sorted);
  return {
    count: sorted.length,
    sum,
    min: sorted[0] ?? null,
    avg: sum === null ? null : sum / sorted.length,
    p50: percentile(0.5),
    p90: percentile(0.9),
    p95: percentile(0.95),
    p99: percentile(0.99),
    max: sorted.at(-1) ?? null,
  };
}

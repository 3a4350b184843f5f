import { type Interval, listBucketStarts, toBucketStart } from './clock-oracle.ts';
import { compareTexts, type OrderBy, type Row, type Value } from './oracle.ts';

/** What statistics are about: the time of a row, its groupings, and what is computed of it. */
export interface StatsOf {
  field: string;
  filterType: string;
  groupingType: string;
  orderType: string;
  time: string;
  /** Where a filter limits the time. */
  timeFilter: readonly string[];
  /** Groupings: which value of the row they are, and the answer's field. */
  groupings: Record<string, { value: string; field: string }>;
  durations: Record<string, string>;
  sums: Record<string, string>;
  counts: Record<string, (row: Row) => boolean>;
  /** What rows are ordered by, beside their bucket and their count. */
  orders: Record<string, string>;
  /** Other aggregates. */
  others: Record<string, (rows: readonly Row[]) => number | null>;
}

export interface StatsQuestion {
  groupBy: string[];
  interval: Interval | undefined;
  timeZone: string;
  first: number;
  orderBy: OrderBy[];
  fill: boolean;
  /** The time that the filter is limited to. */
  range: { gte: string; lt: string } | undefined;
}

interface StatsGroup {
  bucketStart: string | null;
  keys: Value[];
  rows: Row[];
}

/** A row that statistics answer. */
export type StatsAnswer = Record<string, unknown> & { bucketStart: string | null; count: number };

/** The rows that the answer must have, in order and cut. */
export function toAnswers(rows: readonly Row[], of: StatsOf, question: StatsQuestion): StatsAnswer[] {
  const groups = [...toGroups(rows, of, question).values()];
  const answers = groups.map((group) => ({ ...group, answer: toExpected(group, of, question) }));
  return answers
    .sort((a, b) => compareAnswers(a.answer, b.answer, of, question) || compareKeys(a.keys, b.keys))
    .slice(0, question.first)
    .map(({ answer }) => answer);
}

function toGroups(rows: readonly Row[], of: StatsOf, question: StatsQuestion): Map<string, StatsGroup> {
  const { groupBy, interval, timeZone, range } = question;
  const groups = new Map<string, StatsGroup>();
  const findGroup = (startMs: number | null, keys: Value[]) => {
    const bucketStart = startMs === null ? null : new Date(startMs).toISOString();
    const name = JSON.stringify([bucketStart, keys]);
    const group = groups.get(name) ?? { bucketStart, keys, rows: [] };
    groups.set(name, group);
    return group;
  };
  const toKeys = (row: Row) => groupBy.map((name) => row.values[of.groupings[name]?.value ?? ''] ?? null);
  for (const row of rows) {
    const ms = Date.parse(String(row.values[of.time]));
    const start = interval === undefined ? null : toBucketStart(ms, interval, timeZone);
    findGroup(start, toKeys(row)).rows.push(row);
  }
  const occurring = groupBy.length === 0 ? [[]] : rows.map(toKeys);
  if (interval === undefined && groupBy.length === 0) findGroup(null, []);
  if (interval === undefined || range === undefined || !question.fill) return groups;
  const starts = listBucketStarts(Date.parse(range.gte), Date.parse(range.lt) - 1, interval, timeZone);
  for (const keys of occurring) for (const start of starts) findGroup(start, keys);
  return groups;
}

/** As wished for; then newest bucket first, then the largest. */
function compareAnswers(a: StatsAnswer, b: StatsAnswer, of: StatsOf, { orderBy }: StatsQuestion): number {
  const orders = [...orderBy, { field: 'BUCKET_START' }, { field: 'COUNT' }] as OrderBy[];
  const fields: Record<string, string> = { BUCKET_START: 'bucketStart', COUNT: 'count', ...of.orders };
  for (const { field, direction = 'DESC' } of orders) {
    const [left, right] = [a, b].map((answer) => findValue(answer, fields[field] ?? ''));
    if (left === right) continue;
    // Nulls are last either way.
    if (left === null || right === null) return left === null ? 1 : -1;
    const order = typeof left === 'number' ? left - Number(right) : compareTexts(String(left), String(right));
    return direction === 'ASC' ? order : -order;
  }
  return 0;
}

function findValue(answer: StatsAnswer, path: string): unknown {
  const [name = '', part] = path.split('.');
  const value = answer[name];
  return part === undefined ? value : (value as Record<string, unknown>)[part];
}

/** By code point, nulls last. */
function compareKeys(a: readonly Value[], b: readonly Value[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? null;
    if (left === right) continue;
    if (left === null || right === null) return left === null ? 1 : -1;
    return compareTexts(String(left), String(right));
  }
  return 0;
}

/** What a group's row must say. */
function toExpected(
  { bucketStart, keys, rows }: StatsGroup,
  of: StatsOf,
  { groupBy, interval }: StatsQuestion,
): StatsAnswer {
  const numbersOf = (name: string) =>
    rows.map((row) => row.values[name] ?? null).filter((value) => typeof value === 'number');
  const entries = [
    ...Object.entries(of.groupings).map(([name, { field }]) => [field, keys[groupBy.indexOf(name)] ?? null]),
    ...Object.entries(of.counts).map(([name, is]) => [name, rows.filter(is).length]),
    ...Object.entries(of.sums).map(([name, value]) => [
      name,
      // Without an interval the only empty row is that of no rows at all.
      rows.length === 0 && interval !== undefined ? 0 : sumOf(numbersOf(value)),
    ]),
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

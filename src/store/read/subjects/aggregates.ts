import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';

/**
 * A value of a row of statistics: a count, a number that may be null, or a whole
 * `DurationStats`.
 */
export type Aggregate =
  | { kind: 'count' | 'number'; value: SQL; description: string }
  | { kind: 'durations'; column: SQLWrapper; description: string };

/** Counts the rows that match a condition. */
export function countOf(condition: SQLWrapper, description: string): Aggregate {
  return { kind: 'count', value: sql`count(*) filter (where ${condition})`, description };
}

/**
 * Adds up a column. The sum is text, because it may be outside of the numbers of JavaScript.
 */
export function sumOf(column: SQLWrapper, description: string): Aggregate {
  return { kind: 'number', value: sql`sum(${column})::text`, description };
}

/** The distribution of a column of milliseconds. */
export function durationsOf(column: SQLWrapper, description: string): Aggregate {
  return { kind: 'durations', column, description };
}

interface DurationField {
  kind: 'count' | 'number' | 'float';
  description: string;
  toValue: (column: SQLWrapper) => SQL;
}

const toPercentile = (fraction: string, what: string): DurationField => ({
  kind: 'float',
  description: `The ${what}, in milliseconds.`,
  toValue: (column) => sql`percentile_cont(${sql.raw(fraction)}) within group (order by ${column})`,
});
const toNumber = (what: string, toValue: DurationField['toValue']): DurationField => {
  return { kind: 'number', description: `The ${what}, in milliseconds.`, toValue };
};

export const DURATION_FIELDS: Readonly<Record<string, DurationField>> = {
  count: {
    kind: 'count',
    description: 'The number of rows that have a duration.',
    toValue: (column) => sql`count(${column})`,
  },
  sum: toNumber('sum', (column) => sql`sum(${column})::text`),
  min: toNumber('shortest duration', (column) => sql`min(${column})`),
  avg: { ...toNumber('mean', (column) => sql`avg(${column})::float8`), kind: 'float' },
  p50: toPercentile('0.5', 'median'),
  p90: toPercentile('0.9', '90th percentile'),
  p95: toPercentile('0.95', '95th percentile'),
  p99: toPercentile('0.99', '99th percentile'),
  max: toNumber('longest duration', (column) => sql`max(${column})`),
};

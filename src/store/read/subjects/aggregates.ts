import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';

/** The value of the order enum that orders by an aggregate; `undefined` for no order. */
type OrderName = string | undefined;

/**
 * A value of a row of statistics: a count, a sum or another number that may be null, or a whole
 * `DurationStats`. Each states its orders, so none is forgotten.
 */
export type Aggregate =
  | { kind: 'count' | 'sum' | 'number'; value: SQL; order: OrderName; description: string }
  | { kind: 'durations'; column: SQLWrapper; orders: DurationOrders; description: string };

/** The orders by the numbers of a distribution. */
type DurationOrders = Readonly<Record<string, DurationName>>;

/** Counts the rows that match a condition. */
export function countOf(condition: SQLWrapper, order: OrderName, description: string): Aggregate {
  return { kind: 'count', value: sql`count(*) filter (where ${condition})`, order, description };
}

/** Adds up a column. */
export function sumOf(column: SQLWrapper, order: OrderName, description: string): Aggregate {
  return { kind: 'sum', value: sql`sum(${column})`, order, description };
}

/** The distribution of a column of milliseconds. */
export function durationsOf(column: SQLWrapper, orders: DurationOrders, description: string): Aggregate {
  return { kind: 'durations', column, orders, description };
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

export const DURATION_FIELDS = {
  count: {
    kind: 'count',
    description: 'The number of rows that have a duration.',
    toValue: (column) => sql`count(${column})`,
  },
  sum: toNumber('sum', (column) => sql`sum(${column})`),
  min: toNumber('shortest duration', (column) => sql`min(${column})`),
  avg: { ...toNumber('mean', (column) => sql`avg(${column})::float8`), kind: 'float' },
  p50: toPercentile('0.5', 'median'),
  p90: toPercentile('0.9', '90th percentile'),
  p95: toPercentile('0.95', '95th percentile'),
  p99: toPercentile('0.99', '99th percentile'),
  max: toNumber('longest duration', (column) => sql`max(${column})`),
} satisfies Record<string, DurationField>;

type DurationName = keyof typeof DURATION_FIELDS;

/** An order of statistics by one of their aggregates. */
interface NamedStatsOrder {
  name: string;
  /** The field to order by, as in `duration.p95`. */
  field: string;
  value: SQL;
  /** Whether an empty bucket has 0 and not null. */
  isZeroIfEmpty: boolean;
}

/** Whether an empty bucket has 0: nothing happened in it, so nothing was counted or added up. */
export function isZeroIfEmpty({ kind }: Aggregate): boolean {
  return kind === 'count' || kind === 'sum';
}

/** Lists the orders of statistics, beside those by bucket and count. */
export function listStatsOrders(aggregates: Readonly<Record<string, Aggregate>>): NamedStatsOrder[] {
  return Object.entries(aggregates).flatMap(([field, aggregate]): NamedStatsOrder[] => {
    if (aggregate.kind !== 'durations') {
      const { value, order: name } = aggregate;
      return name === undefined ? [] : [{ name, field, value, isZeroIfEmpty: isZeroIfEmpty(aggregate) }];
    }
    return Object.entries(aggregate.orders).map(([name, part]) => ({
      name,
      field: `${field}.${part}`,
      value: DURATION_FIELDS[part].toValue(aggregate.column),
      isZeroIfEmpty: part === 'count',
    }));
  });
}

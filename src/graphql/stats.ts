import type { ArgBuilder, EnumRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { Refusal } from '../domain/refusal.ts';
import type { StatsRequest, StatsRow } from '../store/read/statistics/stats.ts';
import type { TimeInterval } from '../store/read/statistics/time-bucket.ts';
import { builder } from './builder.ts';
import { listSelected } from './connections/selection.ts';
import { describeValues } from './describe-values.ts';

type TypesOf = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

const TimeIntervalRef = builder.enumType('TimeInterval', {
  description: 'The length of time that rows are gathered by, in the time zone asked for.',
  values: describeValues<TimeInterval>({
    MINUTE: 'Minutes.',
    HOUR: 'Hours; the hour that autumn repeats is two.',
    DAY: 'Days of the calendar, from their first midnight.',
    WEEK: 'Weeks, from Monday.',
    MONTH: 'Months.',
  }),
});

/** The arguments of everything that groups. */
export function statsArgs<Grouping extends string>(
  arg: ArgBuilder<TypesOf>,
  grouping: EnumRef<TypesOf, Grouping>,
) {
  return {
    groupBy: arg({ type: [grouping], description: 'A row for each combination of these that occurs.' }),
    interval: arg({ type: TimeIntervalRef, description: 'A row for each bucket of time that has any.' }),
    timeZone: arg.string({
      defaultValue: 'UTC',
      description:
        'The IANA time zone whose clock cuts the buckets, by its current or an old name: Europe/Berlin.',
    }),
    first: arg.int({
      description:
        'At most this many rows, 1 to 10,000: the newest buckets, within a bucket the largest counts. Without it all rows; more than 1,000 are TOO_MANY_GROUPS.',
    }),
  };
}

interface StatsArguments {
  groupBy?: readonly string[] | null | undefined;
  interval?: TimeInterval | null | undefined;
  timeZone?: string | null | undefined;
  first?: number | null | undefined;
}

/** What is asked for: the arguments, and of the aggregates those that are selected. */
export function toStatsRequest(
  { groupBy, interval, timeZone, first }: StatsArguments,
  info: GraphQLResolveInfo,
): StatsRequest {
  return {
    groupBy: groupBy ?? [],
    interval: interval ?? undefined,
    timeZone: timeZone ?? 'UTC',
    first: first ?? undefined,
    wanted: listSelected(info),
  };
}

/**
 * An aggregate as a whole number. Throws OUT_OF_RANGE beyond ±(2^53−1), where a number would be a
 * rounded one.
 */
export function toSafeInt({ aggregates }: StatsRow, name: string): number | null {
  const value = aggregates[name];
  if (value === null || value === undefined) return null;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Refusal('OUT_OF_RANGE', `${name} leaves the whole numbers within ±(2^53−1): ${String(value)}.`);
}

/** The count of rows of one kind; 0 where there are none. */
export function toCount(row: StatsRow, name: string): number {
  return toSafeInt(row, name) ?? 0;
}

function toFloat({ aggregates }: StatsRow, name: string): number | null {
  const value = aggregates[name];
  return value === null || value === undefined ? null : Number(value);
}

/** A row and which of its durations is meant. */
interface Durations {
  row: StatsRow;
  prefix: 'duration' | 'queued';
}

export const DurationStatsRef = builder.objectRef<Durations>('DurationStats').implement({
  description:
    'Milliseconds over the rows that have a duration; all null where none has. Percentiles are exact (percentile_cont).',
  fields: (t) => {
    const whole = (name: string, description: string) =>
      t.field({
        type: 'SafeInt',
        description,
        resolve: ({ row, prefix }) => toSafeInt(row, `${prefix}.${name}`),
      });
    const float = (name: string, description: string) =>
      t.float({ description, resolve: ({ row, prefix }) => toFloat(row, `${prefix}.${name}`) });
    return {
      count: t.field({
        type: 'SafeInt',
        nullable: false,
        description: 'How many rows have a duration.',
        resolve: ({ row, prefix }) => toCount(row, `${prefix}.count`),
      }),
      sum: whole('sum', 'The sum.'),
      min: whole('min', 'The shortest.'),
      avg: float('avg', 'The mean.'),
      p50: float('p50', 'The median.'),
      p90: float('p90', 'The 90th percentile.'),
      p95: float('p95', 'The 95th percentile.'),
      p99: float('p99', 'The 99th percentile.'),
      max: whole('max', 'The longest.'),
    };
  },
});

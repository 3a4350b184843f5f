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
  description: 'The length of a time bucket, on the clock of `timeZone`.',
  values: describeValues<TimeInterval>({
    MINUTE: 'One bucket per minute.',
    HOUR: 'One bucket per hour. The hour that is repeated when summer time ends has two buckets.',
    DAY: 'One bucket per calendar day, from its first midnight.',
    WEEK: 'One bucket per week, from Monday.',
    MONTH: 'One bucket per calendar month.',
  }),
});

/** The arguments of every statistics field. */
export function statsArgs<Grouping extends string>(
  arg: ArgBuilder<TypesOf>,
  grouping: EnumRef<TypesOf, Grouping>,
) {
  return {
    groupBy: arg({
      type: [grouping],
      description:
        'Returns one row for each combination of these values that occurs. Without it, rows are not grouped by value.',
    }),
    interval: arg({
      type: TimeIntervalRef,
      description: 'Returns one row for each time bucket with data. Without it, there are no time buckets.',
    }),
    timeZone: arg.string({
      defaultValue: 'UTC',
      description: 'The IANA time zone of the buckets, by its current or an old name: Europe/Berlin.',
    }),
    first: arg.int({
      description:
        'Returns at most this many rows, 1 to 10,000: newest bucket first, then largest count. Without it, all rows are returned, and more than 1,000 rows are refused with TOO_MANY_GROUPS.',
    }),
  };
}

interface StatsArguments {
  groupBy?: readonly string[] | null | undefined;
  interval?: TimeInterval | null | undefined;
  timeZone?: string | null | undefined;
  first?: number | null | undefined;
}

/** The request for the store: the arguments, and the aggregates that the document selects. */
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
 * Converts an aggregate to a whole number; null where no row has a value. Throws OUT_OF_RANGE
 * outside ±(2^53−1), where a JavaScript number would be rounded.
 */
export function toSafeInt({ aggregates }: StatsRow, name: string): number | null {
  const value = aggregates[name];
  if (value === null || value === undefined) return null;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Refusal('OUT_OF_RANGE', `${name} is outside ±(2^53−1): ${String(value)}.`);
}

/** Converts an aggregate that counts rows; 0 where there are none. */
export function toCount(row: StatsRow, name: string): number {
  return toSafeInt(row, name) ?? 0;
}

function toFloat({ aggregates }: StatsRow, name: string): number | null {
  const value = aggregates[name];
  return value === null || value === undefined ? null : Number(value);
}

/** A row, and the prefix of the aggregates to read: run time or queue time. */
interface Durations {
  row: StatsRow;
  prefix: 'duration' | 'queued';
}

export const DurationStatsRef = builder.objectRef<Durations>('DurationStats').implement({
  description:
    'Durations in milliseconds, over the rows that have a duration. Without such a row, `count` is 0 and all other fields are null. Percentiles are exact: values between two rows are interpolated (percentile_cont).',
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
        description: 'The number of rows that have a duration.',
        resolve: ({ row, prefix }) => toCount(row, `${prefix}.count`),
      }),
      sum: whole('sum', 'The sum, in milliseconds.'),
      min: whole('min', 'The shortest duration, in milliseconds.'),
      avg: float('avg', 'The mean, in milliseconds.'),
      p50: float('p50', 'The median, in milliseconds.'),
      p90: float('p90', 'The 90th percentile, in milliseconds.'),
      p95: float('p95', 'The 95th percentile, in milliseconds.'),
      p99: float('p99', 'The 99th percentile, in milliseconds.'),
      max: whole('max', 'The longest duration, in milliseconds.'),
    };
  },
});

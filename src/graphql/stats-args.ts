import type { ArgBuilder, EnumRef, InputRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { OrderInput } from '../store/read/pages/order.ts';
import type { StatsRequest, StatsSubject } from '../store/read/statistics/stats-request.ts';
import type { TimeInterval } from '../store/read/statistics/time-bucket.ts';
import { builder, type TypesOf } from './builder.ts';
import { listSelected } from './connections/selection.ts';
import { describeValues } from './describe-values.ts';

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
export function statsArgs(
  arg: ArgBuilder<TypesOf>,
  {
    grouping,
    order,
    timeFilter,
  }: { grouping: EnumRef<TypesOf, string>; order: InputRef<OrderInput>; timeFilter: string },
) {
  return {
    groupBy: arg({
      type: [grouping],
      description:
        'Returns one row for each combination of these values that occurs. Without it, rows are not grouped by value.',
    }),
    interval: arg({
      type: TimeIntervalRef,
      description:
        'Returns one row for each time bucket with data, or with `fill` for each time bucket. Without it, there are no time buckets.',
    }),
    timeZone: arg.string({
      defaultValue: 'UTC',
      description: 'The IANA time zone of the buckets, by its current or an old name: Europe/Berlin.',
    }),
    first: arg.int({
      description:
        'Returns at most this many rows, 1 to 10,000: the first ones of the order. Without it, all rows are returned, and more than 1,000 rows are refused with TOO_MANY_GROUPS.',
    }),
    orderBy: arg({
      type: [order],
      description:
        'The order of the rows. Each further entry orders the rows that are equal in the entries before it. Rows that are equal in all of them, and all rows without it: newest bucket first, then largest count.',
    }),
    fill: arg.boolean({
      defaultValue: false,
      description: `Whether time buckets without data have a row too: one for each group that occurs, with counts and sums of 0 and other values null. Needs \`interval\`, and a \`where\` that limits \`${timeFilter}\` on both sides.`,
    }),
  };
}

interface StatsArguments {
  groupBy?: readonly string[] | null | undefined;
  interval?: TimeInterval | null | undefined;
  timeZone?: string | null | undefined;
  first?: number | null | undefined;
  orderBy?: readonly OrderInput[] | null | undefined;
  fill?: boolean | null | undefined;
}

/** The request for the store: the arguments, and the aggregates that the document selects. */
export function toStatsRequest(
  { aggregates }: StatsSubject,
  { groupBy, interval, timeZone, first, orderBy, fill }: StatsArguments,
  info: GraphQLResolveInfo,
): StatsRequest {
  return {
    groupBy: groupBy ?? [],
    interval: interval ?? undefined,
    timeZone: timeZone ?? 'UTC',
    first: first ?? undefined,
    orderBy: orderBy ?? [],
    fill: fill ?? false,
    wanted: listSelected(info).filter((name) => Object.hasOwn(aggregates, name)),
  };
}

import type { ArgBuilder, FieldMap } from '@pothos/core';
import { Refusal } from '../domain/refusal.ts';
import type { TenantDatabase } from '../store/database/database.ts';
import type { FilterInput } from '../store/read/filters/filter.ts';
import { readStats } from '../store/read/statistics/stats.ts';
import type { StatsRow, StatsSubject } from '../store/read/statistics/stats-request.ts';
import { DURATION_FIELDS, listStatsOrders } from '../store/read/subjects/aggregates.ts';
import { type Field, listFieldsWith, type Subject } from '../store/read/subjects/subject.ts';
import { builder, type TypesOf } from './builder.ts';
import { type ListType, listType, STATS_COST } from './connections/list-cost.ts';
import { whereArg } from './connections/page-args.ts';
import { readActingTenant } from './context.ts';
import { toEnumValues } from './describe-values.ts';
import type { SubjectInputs } from './filters/inputs.ts';
import { orderInput } from './filters/order-input.ts';
import { WORD_ENUMS } from './filters/word-enums.ts';
import { statsArgs, toStatsRequest } from './stats-args.ts';

/** An aggregate of a row. Throws for one that was not computed, which is a fault of this code. */
function requireAggregate({ aggregates }: StatsRow, name: string): unknown {
  if (!Object.hasOwn(aggregates, name)) throw new Error(`The aggregate ${name} was not computed.`);
  return aggregates[name] ?? null;
}

/**
 * Converts an aggregate to a whole number; null if no row has a value. Throws OUT_OF_RANGE outside
 * ±(2^53−1), where a JavaScript number would be rounded.
 */
function toSafeInt(row: StatsRow, name: string): number | null {
  const value = requireAggregate(row, name);
  if (value === null) return null;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Refusal('OUT_OF_RANGE', `${name} is outside ±(2^53−1): ${String(value)}.`);
}

function toFloat(row: StatsRow, name: string): number | null {
  const value = requireAggregate(row, name);
  return value === null ? null : Number(value);
}

type FieldBuilder<Parent> = PothosSchemaTypes.ObjectFieldBuilder<TypesOf, Parent>;

/** The field of an aggregate. `toSource` finds the row, and the name of the aggregate in it. */
function aggregateField<Parent>(
  t: FieldBuilder<Parent>,
  { kind, description }: { kind: 'count' | 'sum' | 'number' | 'float'; description: string },
  toSource: (parent: Parent) => [row: StatsRow, name: string],
) {
  if (kind === 'float') return t.float({ description, resolve: (parent) => toFloat(...toSource(parent)) });
  if (kind === 'number' || kind === 'sum') {
    return t.field({ type: 'SafeInt', description, resolve: (parent) => toSafeInt(...toSource(parent)) });
  }
  const resolve = (parent: Parent) => toSafeInt(...toSource(parent)) ?? 0;
  return t.field({ type: 'SafeInt', nullable: false, description, resolve });
}

const DurationStatsRef = builder.objectRef<{ row: StatsRow; prefix: string }>('DurationStats').implement({
  description:
    'Durations in milliseconds, over the rows that have a duration. Without such a row, `count` is 0 and all other fields are null. Percentiles are exact: values between two rows are interpolated (percentile_cont).',
  fields: (t) => {
    const fields = Object.entries(DURATION_FIELDS).map(([name, field]) => [
      name,
      aggregateField(t, field, ({ row, prefix }) => [row, `${prefix}.${name}`]),
    ]);
    return Object.fromEntries(fields) as FieldMap;
  },
});

/** A row of statistics, and the tenant of its rows. */
export interface StatsParent {
  tenantId: string;
  row: StatsRow;
}

/** The key of a row of statistics; null unless the request groups by it. */
export function toKey<Value extends string | boolean>({ row }: StatsParent, grouping: string): Value | null {
  return (row.keys[grouping] ?? null) as Value | null;
}

/** The field of a key. Throws for a kind of field that cannot be grouped by. */
function keyField(t: FieldBuilder<StatsParent>, field: Field, grouping: string, noun: string) {
  const description = `The ${noun}${field.kind === 'id' ? ", as Qlik's id" : ''}. Null unless grouped by ${grouping}.`;
  const resolve = (stats: StatsParent) => toKey<string>(stats, grouping);
  if (field.kind === 'id') return t.id({ description, resolve });
  if (field.kind === 'text') return t.string({ description, resolve });
  if (field.kind === 'flag')
    return t.boolean({ description, resolve: (stats) => toKey<boolean>(stats, grouping) });
  if (field.enum === undefined) throw new Error(`There is no key for ${grouping}.`);
  return t.field({ type: WORD_ENUMS[field.enum], description, resolve });
}

/** The statistics of a subject: its list type, and the arguments of a field of it. */
export interface StatsType extends ListType<[PothosSchemaTypes.ObjectRef<TypesOf, StatsParent>]> {
  args(arg: ArgBuilder<TypesOf>): ReturnType<typeof whereArg> & ReturnType<typeof statsArgs>;
}

/**
 * Declares `<Name>Stats`, `<Name>Grouping` and `<Name>StatsOrder` from a descriptor. `more` are
 * further fields.
 */
export function statsType(
  subject: Subject,
  { filter }: SubjectInputs,
  more: (t: FieldBuilder<StatsParent>) => FieldMap = () => ({}),
): StatsType {
  const { name, plural, statistics } = subject;
  if (statistics === undefined) throw new Error(`There are no statistics of ${plural}.`);
  const groupings = listFieldsWith(subject, 'grouping');
  const GroupingRef = builder.enumType(`${name}Grouping`, {
    description: `The values that ${plural} can be grouped by.`,
    values: toEnumValues(groupings.map(([, , [value, noun]]) => [value, `One row per ${noun}.`])),
  });
  const order = orderInput(`${name}Stats`, `rows of statistics of ${plural}`, 'DESC', [
    ['BUCKET_START', 'By the start of the time bucket.'],
    ['COUNT', `By the number of ${plural}.`],
    ...listStatsOrders(statistics.aggregates).map(({ name: value, field }): [string, string] => [
      value,
      `By \`${field}\`.`,
    ]),
  ]);
  const args = { grouping: GroupingRef, order, timeFilter: statistics.timeFilter.join('.') };
  const ref = builder.objectRef<StatsParent>(`${name}Stats`).implement({
    description: `Counts, sums and percentiles over one group of ${plural}. A key is null unless the request groups by it.`,
    fields: (t) => {
      const keys = groupings.map(([key, field, grouping]) => [key, keyField(t, field, ...grouping)]);
      const aggregates = Object.entries(statistics.aggregates).map(([aggregate, { kind, description }]) => [
        aggregate,
        kind === 'durations'
          ? t.field({
              type: DurationStatsRef,
              nullable: false,
              description,
              resolve: ({ row }) => ({ row, prefix: aggregate }),
            })
          : aggregateField(t, { kind, description }, ({ row }) => [row, aggregate]),
      ]);
      return {
        bucketStart: t.field({
          type: 'DateTime',
          description:
            'The first instant of the bucket that the time of the rows is in. Null without `interval`.',
          resolve: ({ row }) => row.bucketStart,
        }),
        count: t.field({
          type: 'SafeInt',
          nullable: false,
          description: `The number of ${plural}.`,
          resolve: ({ row }) => row.count,
        }),
        ...Object.fromEntries([...keys, ...aggregates]),
        ...more(t),
      };
    },
  });
  return {
    ...listType([ref], STATS_COST),
    args: (arg) => ({ ...whereArg(arg, filter), ...statsArgs(arg, args) }),
  };
}

/** Adds the statistics of a subject to `Query`, over the rows that the connection `list` lists. */
export function addStatsQuery(
  name: string,
  list: string,
  type: StatsType,
  toStats: (database: TenantDatabase, where: FilterInput | null | undefined) => StatsSubject,
): void {
  builder.queryField(name, (t) =>
    t.field({
      scope: 'events:read',
      ...type.field,
      description: `Counts, sums and percentiles over exactly the rows that ${list}(where:) lists.`,
      args: type.args(t.arg),
      resolve: async (_root, { where, ...args }, context, info) => {
        const database = await readActingTenant(context);
        const subject = toStats(database, where);
        const rows = await readStats(subject, toStatsRequest(subject, args, info));
        return rows.map((row) => ({ tenantId: database.tenantId, row }));
      },
    }),
  );
}

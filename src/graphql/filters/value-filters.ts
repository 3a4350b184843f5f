import type { EnumRef, InputFieldBuilder, InputRef } from '@pothos/core';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import { builder } from '../builder.ts';

type TypesOf = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;
type Fields = InputFieldBuilder<TypesOf, 'InputObject'>;

const eq = 'Exactly this value.';
const oneOf = 'One of these values, at most 200; none of them matches nothing.';
const isNull = 'Whether there is no value.';

export const IdFilterRef: InputRef<FilterInput> = builder.inputRef<FilterInput>('IdFilter').implement({
  description: 'A condition on an id.',
  fields: (t) => ({
    eq: t.id({ description: eq }),
    in: t.idList({ description: oneOf }),
    isNull: t.boolean({ description: isNull }),
  }),
});

export const StringFilterRef: InputRef<FilterInput> = builder
  .inputRef<FilterInput>('StringFilter')
  .implement({
    description:
      'A condition on a text. `contains` and `startsWith` ignore case, and take every character literally.',
    fields: (t) => ({
      eq: t.string({ description: eq }),
      in: t.stringList({ description: oneOf }),
      contains: t.string({ description: 'This text somewhere in it, whatever the case.' }),
      startsWith: t.string({ description: 'This text at its beginning, whatever the case.' }),
      isNull: t.boolean({ description: isNull }),
    }),
  });

export const BooleanFilterRef: InputRef<FilterInput> = builder
  .inputRef<FilterInput>('BooleanFilter')
  .implement({
    description: 'A condition on a truth value.',
    fields: (t) => ({ eq: t.boolean({ description: eq }), isNull: t.boolean({ description: isNull }) }),
  });

export const SafeIntFilterRef: InputRef<FilterInput> = builder
  .inputRef<FilterInput>('SafeIntFilter')
  .implement({
    description: 'A condition on a whole number.',
    fields: (t) => ({
      eq: t.field({ type: 'SafeInt', description: eq }),
      gt: t.field({ type: 'SafeInt', description: 'Greater than this.' }),
      gte: t.field({ type: 'SafeInt', description: 'This or greater.' }),
      lt: t.field({ type: 'SafeInt', description: 'Less than this.' }),
      lte: t.field({ type: 'SafeInt', description: 'This or less.' }),
      isNull: t.boolean({ description: isNull }),
    }),
  });

export const DateTimeFilterRef: InputRef<FilterInput> = builder
  .inputRef<FilterInput>('DateTimeFilter')
  .implement({
    description: 'A condition on an instant.',
    fields: (t) => ({
      gt: t.field({ type: 'DateTime', description: 'After this.' }),
      gte: t.field({ type: 'DateTime', description: 'At this or after.' }),
      lt: t.field({ type: 'DateTime', description: 'Before this.' }),
      lte: t.field({ type: 'DateTime', description: 'At this or before.' }),
      isNull: t.boolean({ description: isNull }),
    }),
  });

/** Declares the filter on an enum; `isNull` only where the field may be null. */
export function enumFilter<Value>(
  name: string,
  ref: EnumRef<TypesOf, Value>,
  nullable: boolean,
): InputRef<FilterInput> {
  return builder.inputRef<FilterInput>(name).implement({
    description: 'A condition on one of a few known values.',
    fields: (t) => ({
      eq: t.field({ type: ref, description: eq }),
      in: t.field({ type: [ref], description: oneOf }),
      notIn: t.field({
        type: [ref],
        description: 'None of these values, at most 200; no value counts as none of them.',
      }),
      ...(nullable && { isNull: t.boolean({ description: isNull }) }),
    }),
  });
}

/** Declares a filter over a subject: its fields, and `and`, `or`, `not` over filters of the same kind. */
export function subjectFilter(
  name: string,
  what: string,
  fields: (t: Fields) => object,
): InputRef<FilterInput> {
  const ref = builder.inputRef<FilterInput>(name);
  return ref.implement({
    description: `Conditions on ${what}. The fields of one object are joined by AND; leave a field out rather than giving null.`,
    fields: (t) => ({
      and: t.field({ type: [ref], description: 'All of these match; an empty list matches everything.' }),
      or: t.field({
        type: [ref],
        description: 'At least one of these matches; an empty list matches nothing.',
      }),
      not: t.field({ type: ref, description: 'This does not match.' }),
      ...fields(t),
    }),
  });
}

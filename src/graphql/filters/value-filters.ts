import type { EnumRef, InputRef } from '@pothos/core';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import { builder, type TypesOf } from '../builder.ts';

const eq = 'Equal to this value.';
const oneOf = 'Equal to one of these values, at most 200. An empty list matches nothing.';
const isNull = 'True: the value is null. False: the value is not null.';

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
      'A condition on text. `contains` and `startsWith` ignore case and treat every character literally.',
    fields: (t) => ({
      eq: t.string({ description: eq }),
      in: t.stringList({ description: oneOf }),
      contains: t.string({ description: 'Contains this text, ignoring case.' }),
      startsWith: t.string({ description: 'Starts with this text, ignoring case.' }),
      isNull: t.boolean({ description: isNull }),
    }),
  });

export const BooleanFilterRef: InputRef<FilterInput> = builder
  .inputRef<FilterInput>('BooleanFilter')
  .implement({
    description: 'A condition on a Boolean.',
    fields: (t) => ({ eq: t.boolean({ description: eq }), isNull: t.boolean({ description: isNull }) }),
  });

export const SafeIntFilterRef: InputRef<FilterInput> = builder
  .inputRef<FilterInput>('SafeIntFilter')
  .implement({
    description: 'A condition on a whole number.',
    fields: (t) => ({
      eq: t.field({ type: 'SafeInt', description: eq }),
      gt: t.field({ type: 'SafeInt', description: 'Greater than this value.' }),
      gte: t.field({ type: 'SafeInt', description: 'Greater than or equal to this value.' }),
      lt: t.field({ type: 'SafeInt', description: 'Less than this value.' }),
      lte: t.field({ type: 'SafeInt', description: 'Less than or equal to this value.' }),
      isNull: t.boolean({ description: isNull }),
    }),
  });

export const DateTimeFilterRef: InputRef<FilterInput> = builder
  .inputRef<FilterInput>('DateTimeFilter')
  .implement({
    description: 'A condition on an instant.',
    fields: (t) => ({
      gt: t.field({ type: 'DateTime', description: 'After this instant.' }),
      gte: t.field({ type: 'DateTime', description: 'At or after this instant.' }),
      lt: t.field({ type: 'DateTime', description: 'Before this instant.' }),
      lte: t.field({ type: 'DateTime', description: 'At or before this instant.' }),
      isNull: t.boolean({ description: isNull }),
    }),
  });

/** Declares the filter of an enum. It has `isNull` only if the field is nullable. */
export function enumFilter<Value>(
  name: string,
  ref: EnumRef<TypesOf, Value>,
  nullable: boolean,
): InputRef<FilterInput> {
  return builder.inputRef<FilterInput>(name).implement({
    description: 'A condition on an enum value.',
    fields: (t) => ({
      eq: t.field({ type: ref, description: eq }),
      in: t.field({ type: [ref], description: oneOf }),
      notIn: t.field({
        type: [ref],
        description: 'Not equal to any of these values, at most 200. Null matches too.',
      }),
      ...(nullable && { isNull: t.boolean({ description: isNull }) }),
    }),
  });
}

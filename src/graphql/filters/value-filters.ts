import type { EnumRef, InputFieldBuilder, InputFieldRef, InputRef } from '@pothos/core';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import { builder, type TypesOf } from '../builder.ts';

type Fields = InputFieldBuilder<TypesOf, 'InputObject'>;

const eq = 'Equal to this value.';
const oneOf = 'Equal to one of these values, at most 200. An empty list matches nothing.';
const isNull = 'True: the value is null. False: the value is not null.';

/** Declares the filter of a kind of value. */
function valueFilter(
  name: string,
  what: string,
  fields: (t: Fields) => Record<string, InputFieldRef<TypesOf, unknown>>,
): InputRef<FilterInput> {
  return builder.inputRef<FilterInput>(name).implement({ description: `A condition on ${what}`, fields });
}

export const IdFilterRef = valueFilter('IdFilter', 'an id.', (t) => ({
  eq: t.id({ description: eq }),
  in: t.idList({ description: oneOf }),
  isNull: t.boolean({ description: isNull }),
}));

export const StringFilterRef = valueFilter(
  'StringFilter',
  'text. `contains` and `startsWith` ignore case and treat every character literally.',
  (t) => ({
    eq: t.string({ description: eq }),
    in: t.stringList({ description: oneOf }),
    contains: t.string({ description: 'Contains this text, ignoring case.' }),
    startsWith: t.string({ description: 'Starts with this text, ignoring case.' }),
    isNull: t.boolean({ description: isNull }),
  }),
);

export const BooleanFilterRef = valueFilter('BooleanFilter', 'a Boolean.', (t) => ({
  eq: t.boolean({ description: eq }),
  isNull: t.boolean({ description: isNull }),
}));

export const SafeIntFilterRef = valueFilter('SafeIntFilter', 'a whole number.', (t) => ({
  eq: t.field({ type: 'SafeInt', description: eq }),
  gt: t.field({ type: 'SafeInt', description: 'Greater than this value.' }),
  gte: t.field({ type: 'SafeInt', description: 'Greater than or equal to this value.' }),
  lt: t.field({ type: 'SafeInt', description: 'Less than this value.' }),
  lte: t.field({ type: 'SafeInt', description: 'Less than or equal to this value.' }),
  isNull: t.boolean({ description: isNull }),
}));

export const DateTimeFilterRef = valueFilter('DateTimeFilter', 'an instant.', (t) => ({
  gt: t.field({ type: 'DateTime', description: 'After this instant.' }),
  gte: t.field({ type: 'DateTime', description: 'At or after this instant.' }),
  lt: t.field({ type: 'DateTime', description: 'Before this instant.' }),
  lte: t.field({ type: 'DateTime', description: 'At or before this instant.' }),
  isNull: t.boolean({ description: isNull }),
}));

/** Declares the filter of an enum. It has `isNull` only if the field is nullable. */
export function enumFilter(name: string, ref: EnumRef<TypesOf, string>, nullable: boolean) {
  const notIn = 'Not equal to any of these values, at most 200. Null matches too.';
  return valueFilter(name, 'an enum value.', (t) => ({
    eq: t.field({ type: ref, description: eq }),
    in: t.field({ type: [ref], description: oneOf }),
    notIn: t.field({ type: [ref], description: notIn }),
    ...(nullable && { isNull: t.boolean({ description: isNull }) }),
  }));
}

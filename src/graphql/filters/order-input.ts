import type { InputRef } from '@pothos/core';
import type { OrderInput } from '../../store/read/pages/order.ts';
import { builder } from '../builder.ts';
import { toEnumValues } from '../describe-values.ts';

const SortDirectionRef = builder.enumType('SortDirection', {
  description: 'The direction of an order. Nulls come last in both directions.',
  values: {
    ASC: { description: 'Ascending: smallest, oldest or A first.' },
    DESC: { description: 'Descending: largest, newest or Z first.' },
  },
});

/**
 * Declares `<name>Order` and `<name>OrderField`. `plural` names the rows, and `fields` are the
 * values of the enum with their descriptions.
 */
export function orderInput(
  name: string,
  plural: string,
  defaultDirection: OrderInput['direction'],
  fields: readonly [value: string, description: string][],
): InputRef<OrderInput> {
  const FieldRef = builder.enumType(`${name}OrderField`, {
    description: `The values that ${plural} can be ordered by.`,
    values: toEnumValues(fields),
  });
  return builder.inputType(`${name}Order`, {
    description: `An order of ${plural}. Nulls come last in both directions.`,
    fields: (t) => ({
      field: t.field({ type: FieldRef, required: true, description: 'The value to order by.' }),
      direction: t.field({
        type: SortDirectionRef,
        required: true,
        defaultValue: defaultDirection,
        description: 'Ascending or descending.',
      }),
    }),
  });
}

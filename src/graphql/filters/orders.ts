import type { InputRef } from '@pothos/core';
import type { OrderInput } from '../../store/read/pages/order.ts';
import { APP_RELOADS } from '../../store/read/subjects/app-reloads.ts';
import { APPS } from '../../store/read/subjects/apps.ts';
import { AUTOMATIONS } from '../../store/read/subjects/automations.ts';
import { BLOCKS } from '../../store/read/subjects/blocks.ts';
import { EVENTS } from '../../store/read/subjects/events.ts';
import { RUNS } from '../../store/read/subjects/runs.ts';
import { listFieldsWith, type Subject } from '../../store/read/subjects/subject.ts';
import { builder } from '../builder.ts';
import { toEnumValues } from '../describe-values.ts';

const SortDirectionRef = builder.enumType('SortDirection', {
  description: 'The direction of an order. Nulls come last in both directions.',
  values: {
    ASC: { description: 'Ascending: smallest, oldest or A first.' },
    DESC: { description: 'Descending: largest, newest or Z first.' },
  },
});

/** Declares the order of a subject, and the enum of its fields. */
function orderType(subject: Subject): InputRef<OrderInput> {
  const { name, plural, fallback } = subject;
  const FieldRef = builder.enumType(`${name}OrderField`, {
    description: `The values that ${plural} can be ordered by.`,
    values: toEnumValues(
      listFieldsWith(subject, 'order').map(([, , [value, noun]]) => [value, `By ${noun}.`]),
    ),
  });
  return builder.inputType(`${name}Order`, {
    description: `An order of ${plural}. Nulls come last in both directions.`,
    fields: (t) => ({
      field: t.field({ type: FieldRef, required: true, description: 'The value to order by.' }),
      direction: t.field({
        type: SortDirectionRef,
        required: true,
        defaultValue: fallback.direction,
        description: 'Ascending or descending.',
      }),
    }),
  });
}

export const AutomationRunOrderRef = orderType(RUNS);
export const BlockOrderRef = orderType(BLOCKS);
export const AutomationOrderRef = orderType(AUTOMATIONS);
export const AppOrderRef = orderType(APPS);
export const AppReloadOrderRef = orderType(APP_RELOADS);
export const EventOrderRef = orderType(EVENTS);

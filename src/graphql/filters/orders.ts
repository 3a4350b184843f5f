import type { InputRef } from '@pothos/core';
import type { OrderInput } from '../../store/read/pages/order.ts';
import { builder } from '../builder.ts';

const SortDirectionRef = builder.enumType('SortDirection', {
  description: 'The direction of an order. Nulls come last in both directions.',
  values: {
    ASC: { description: 'Ascending: smallest, oldest or A first.' },
    DESC: { description: 'Descending: largest, newest or Z first.' },
  },
});

/** Declares `<Name>Order` and `<Name>OrderField`. `fields` maps each value to its description. */
function orderType(
  name: string,
  what: string,
  direction: 'ASC' | 'DESC',
  fields: Record<string, string>,
): InputRef<OrderInput> {
  const described = Object.entries(fields).map(([field, description]) => [field, { description }]);
  const FieldRef = builder.enumType(`${name}OrderField`, {
    description: `The values that ${what} can be ordered by.`,
    values: Object.fromEntries(described) as Record<string, { description: string }>,
  });
  return builder.inputType(`${name}Order`, {
    description: `An order of ${what}. Nulls come last in both directions.`,
    fields: (t) => ({
      field: t.field({ type: FieldRef, required: true, description: 'The value to order by.' }),
      direction: t.field({
        type: SortDirectionRef,
        required: true,
        defaultValue: direction,
        description: 'Ascending or descending.',
      }),
    }),
  });
}

export const AutomationRunOrderRef = orderType('AutomationRun', 'runs', 'DESC', {
  OCCURRED_AT:
    'By the time of the run: its start, else its creation, else its stop, else the time of its event.',
  START_TIME: 'By start time.',
  STOP_TIME: 'By stop time.',
  CREATED_AT: 'By creation time.',
  DURATION: 'By the time from start to stop.',
  QUEUED: 'By the time from creation to start.',
  TOTAL_API_CALLS: 'By the API calls reported for the whole run.',
  RX_BYTES: 'By the bytes received.',
  TX_BYTES: 'By the bytes sent.',
  TITLE: 'By title, ignoring case.',
});

export const BlockOrderRef = orderType('Block', 'blocks', 'DESC', {
  RUN_OCCURRED_AT: 'By the time of the run; within a run by the position in its list.',
  API_CALLS: 'By API calls.',
  RX_BYTES: 'By the bytes received.',
  TX_BYTES: 'By the bytes sent.',
  DURATION: 'By how long the block ran.',
});

export const AutomationOrderRef = orderType('Automation', 'automations', 'DESC', {
  LAST_RUN_AT: 'By the time of the newest run.',
  NAME: 'By name, ignoring case.',
});

export const AppOrderRef = orderType('App', 'apps', 'ASC', {
  NAME: 'By name, ignoring case.',
  CREATED_DATE: 'By creation time.',
  MODIFIED_DATE: 'By the time of the last modification.',
  LAST_RELOAD_TIME: 'By the time of the last reload.',
  LAST_EVENT_AT: 'By the time of the newest event about the app.',
  MEMORY_BYTES: 'By the size in memory.',
  FILE_BYTES: 'By the size on disk.',
});

export const AppReloadOrderRef = orderType('AppReload', 'app reloads', 'DESC', {
  OCCURRED_AT: 'By when the reload ended, else the time of its event.',
  DURATION: 'By how long the reload took.',
  PEAK_MEMORY: 'By the highest memory use during the reload.',
});

export const EventOrderRef = orderType('Event', 'events', 'DESC', {
  POSITION: 'By position in the log: the order in which events were stored.',
  TIME: 'By when the event happened.',
});

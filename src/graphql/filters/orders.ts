import type { InputRef } from '@pothos/core';
import type { OrderInput } from '../../store/read/pages/order.ts';
import { builder } from '../builder.ts';

const SortDirectionRef = builder.enumType('SortDirection', {
  description: 'Which end comes first. Nulls come last either way.',
  values: { ASC: { description: 'The smallest first.' }, DESC: { description: 'The greatest first.' } },
});

/** Declares `<Name>Order` and `<Name>OrderField`; the values are the fields with a description each. */
function orderType(
  name: string,
  what: string,
  direction: 'ASC' | 'DESC',
  fields: Record<string, string>,
): InputRef<OrderInput> {
  const described = Object.entries(fields).map(([field, description]) => [field, { description }]);
  const FieldRef = builder.enumType(`${name}OrderField`, {
    description: `What ${what} can be ordered by.`,
    values: Object.fromEntries(described) as Record<string, { description: string }>,
  });
  return builder.inputType(`${name}Order`, {
    description: `An order of ${what}. Nulls come last either way.`,
    fields: (t) => ({
      field: t.field({ type: FieldRef, required: true, description: 'What to order by.' }),
      direction: t.field({
        type: SortDirectionRef,
        required: true,
        defaultValue: direction,
        description: 'Which end comes first.',
      }),
    }),
  });
}

export const AutomationRunOrderRef = orderType('AutomationRun', 'runs', 'DESC', {
  OCCURRED_AT: 'occurredAt.',
  START_TIME: 'startTime.',
  STOP_TIME: 'stopTime.',
  CREATED_AT: 'createdAt.',
  DURATION: 'durationMs.',
  QUEUED: 'queuedMs.',
  TOTAL_API_CALLS: 'totalApiCalls.',
  RX_BYTES: 'network.rxBytes.',
  TX_BYTES: 'network.txBytes.',
  TITLE: 'title, without regard to case.',
});

export const BlockOrderRef = orderType('Block', 'blocks', 'DESC', {
  RUN_OCCURRED_AT: "The run's occurredAt; within a run the place in its list.",
  API_CALLS: 'apiCalls.',
  RX_BYTES: 'rxBytes.',
  TX_BYTES: 'txBytes.',
  DURATION: 'durationMs.',
});

export const AutomationOrderRef = orderType('Automation', 'automations', 'DESC', {
  LAST_RUN_AT: 'lastRunAt.',
  NAME: 'name, without regard to case.',
});

export const AppOrderRef = orderType('App', 'apps', 'ASC', {
  NAME: 'name, without regard to case.',
  CREATED_DATE: 'createdDate.',
  MODIFIED_DATE: 'modifiedDate.',
  LAST_RELOAD_TIME: 'lastReloadTime.',
  LAST_EVENT_AT: 'lastEventAt.',
  MEMORY_BYTES: 'size.memoryBytes.',
  FILE_BYTES: 'size.fileBytes.',
});

export const AppReloadOrderRef = orderType('AppReload', 'app reloads', 'DESC', {
  OCCURRED_AT: 'occurredAt.',
  DURATION: 'durationMs.',
  PEAK_MEMORY: 'peakMemoryBytes.',
});

export const EventOrderRef = orderType('Event', 'events', 'DESC', {
  POSITION: 'position.',
  TIME: 'time.',
});

import type { EventType } from '../../domain/events/event-type.ts';
import { type EventRecord, reloadKeyOf } from '../../store/read/events.ts';
import { AppRef, AppReloadRef } from '../apps/app-ref.ts';
import { builder } from '../builder.ts';
import { NodeRef } from '../node.ts';
import { AutomationRunRef } from '../runs/automation-run-ref.ts';
import { EVENT_TYPE_NAMES, EventRef } from './event-ref.ts';

function eventType(type: EventType, description: string) {
  return builder.objectRef<EventRecord>(EVENT_TYPE_NAMES[type]).implement({
    description,
    interfaces: [NodeRef, EventRef],
  });
}

export const AutomationRunEndedEventRef = eventType('AUTOMATION_RUN_ENDED', 'An automation run has ended.');
const AppCreatedEventRef = eventType('APP_CREATED', 'An app was created.');
const AppDeletedEventRef = eventType('APP_DELETED', 'An app was deleted.');
const AppDataUpdatedEventRef = eventType('APP_DATA_UPDATED', "An app's data was updated.");
const AppExportedEventRef = eventType('APP_EXPORTED', 'An app was exported.');
const AppPublishedEventRef = eventType('APP_PUBLISHED', 'An app was published.');
export const AppReloadFinishedEventRef = eventType('APP_RELOAD_FINISHED', 'A reload of an app has finished.');
eventType(
  'OTHER',
  'A type that this version does not model: kept, ordered, queryable, and read again by a later version.',
);

builder.objectField(AutomationRunEndedEventRef, 'run', (t) =>
  t.field({
    type: AutomationRunRef,
    description: 'The run as all events tell it by now; null where the event names no run.',
    resolve: ({ tenantId, runId }, _args, { load }) =>
      runId === null ? null : load.run.load({ tenantId, id: runId }),
  }),
);

for (const ref of [
  AppCreatedEventRef,
  AppDeletedEventRef,
  AppDataUpdatedEventRef,
  AppExportedEventRef,
  AppPublishedEventRef,
  AppReloadFinishedEventRef,
]) {
  builder.objectField(ref, 'app', (t) =>
    t.field({
      type: AppRef,
      description: 'The app as all events tell it by now; null where the event names no app.',
      resolve: ({ tenantId, appId }, _args, { load }) =>
        appId === null ? null : load.app.load({ tenantId, id: appId }),
    }),
  );
}

builder.objectField(AppReloadFinishedEventRef, 'reload', (t) =>
  t.field({
    type: AppReloadRef,
    description: 'The reload that it tells of.',
    resolve: (event, _args, { load }) =>
      load.reload.load({ tenantId: event.tenantId, id: reloadKeyOf(event) }),
  }),
);

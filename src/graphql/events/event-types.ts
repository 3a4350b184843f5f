import { EVENT_TYPES, type EventSubject, type EventType, toEntry } from '../../domain/events/event-types.ts';
import { type EventRecord, reloadKeyOf } from '../../store/read/events.ts';
import { AppRef, AppReloadRef } from '../apps/app-ref.ts';
import { builder } from '../builder.ts';
import { NodeRef } from '../node.ts';
import { AutomationRunRef } from '../runs/automation-run-ref.ts';
import { EventRef } from './event-ref.ts';

type EventTypeRef = ReturnType<typeof toObjectType>;

function toObjectType(type: EventType) {
  const { objectName, description } = toEntry(type);
  const interfaces = [NodeRef, EventRef];
  return builder.objectRef<EventRecord>(objectName).implement({ description, interfaces });
}

/** Adds the field for one subject of an event. */
const ADD_FIELD: Record<EventSubject, (ref: EventTypeRef) => void> = {
  run: (ref) =>
    builder.objectField(ref, 'run', (t) =>
      t.field({
        type: AutomationRunRef,
        description: 'The run, merged from all events stored so far; null where the event names no run.',
        resolve: ({ tenantId, runId }, _args, { load }) =>
          runId === null ? null : load.run.load({ tenantId, id: runId }),
      }),
    ),
  app: (ref) =>
    builder.objectField(ref, 'app', (t) =>
      t.field({
        type: AppRef,
        description: 'The app, merged from all events stored so far; null where the event names no app.',
        resolve: ({ tenantId, appId }, _args, { load }) =>
          appId === null ? null : load.app.load({ tenantId, id: appId }),
      }),
    ),
  reload: (ref) =>
    builder.objectField(ref, 'reload', (t) =>
      t.field({
        type: AppReloadRef,
        description: 'The reload that the event reports.',
        resolve: (event, _args, { load }) =>
          load.reload.load({ tenantId: event.tenantId, id: reloadKeyOf(event) }),
      }),
    ),
};

const OBJECT_TYPES = new Map(EVENT_TYPES.map((type) => [type, toObjectType(type)]));
for (const [type, ref] of OBJECT_TYPES) {
  for (const subject of toEntry(type).about) ADD_FIELD[subject](ref);
}

function toRef(type: EventType): EventTypeRef {
  const ref = OBJECT_TYPES.get(type);
  if (ref === undefined) throw new Error(`No object type for ${type}.`);
  return ref;
}

export const AutomationRunEndedEventRef = toRef('AUTOMATION_RUN_ENDED');
export const AppReloadFinishedEventRef = toRef('APP_RELOAD_FINISHED');

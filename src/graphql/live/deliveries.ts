import { reloadKeyOf } from '../../store/read/events.ts';
import { toLogCursor } from '../../store/read/log-cursor.ts';
import { AppRef, AppReloadRef } from '../apps/app-ref.ts';
import { builder, type TypesOf } from '../builder.ts';
import { EventRef } from '../events/event-ref.ts';
import { AppReloadFinishedEventRef, AutomationRunEndedEventRef } from '../events/event-types.ts';
import { AutomationRunRef } from '../runs/automation-run-ref.ts';
import type { AppDelivery, EventDelivery, ReloadDelivery, RunDelivery } from './delivery.ts';

function cursorField<Delivery extends EventDelivery>(
  t: PothosSchemaTypes.ObjectFieldBuilder<TypesOf, Delivery>,
) {
  return t.string({
    nullable: false,
    description:
      "The cursor of this event. Pass it as a subscription's `after` to continue after this event.",
    resolve: ({ event }) => toLogCursor(event.tenantId, event.position, event.logChecksum),
  });
}

/** The row that an event is about. It exists, because both are written in one transaction. */
function present<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('The row that an event is about does not exist.');
  return row;
}

export const EventStoredRef = builder.objectRef<EventDelivery>('EventStored').implement({
  description: 'An event that was stored.',
  fields: (t) => ({
    cursor: cursorField(t),
    event: t.expose('event', { type: EventRef, nullable: false, description: 'The event.' }),
  }),
});

export const AutomationRunEndedRef = builder.objectRef<RunDelivery>('AutomationRunEnded').implement({
  description: 'An automation run that ended.',
  fields: (t) => ({
    cursor: cursorField(t),
    event: t.expose('event', {
      type: AutomationRunEndedEventRef,
      nullable: false,
      description: 'The event.',
    }),
    run: t.field({
      type: AutomationRunRef,
      nullable: false,
      description: 'The run, read when the event is delivered.',
      resolve: async ({ event: { tenantId }, runId: id, run }, _args, { load }) =>
        run ?? present(await load.run.load({ tenantId, id })),
    }),
  }),
});

export const AppChangedRef = builder.objectRef<AppDelivery>('AppChanged').implement({
  description: 'An event about an app, including its reloads.',
  fields: (t) => ({
    cursor: cursorField(t),
    event: t.expose('event', { type: EventRef, nullable: false, description: 'The event.' }),
    app: t.field({
      type: AppRef,
      nullable: false,
      description: 'The app, read when the event is delivered.',
      resolve: async ({ event: { tenantId }, appId: id, app }, _args, { load }) =>
        app ?? present(await load.app.load({ tenantId, id })),
    }),
  }),
});

export const AppReloadFinishedRef = builder.objectRef<ReloadDelivery>('AppReloadFinished').implement({
  description: 'A reload of an app that finished.',
  fields: (t) => ({
    cursor: cursorField(t),
    event: t.expose('event', { type: AppReloadFinishedEventRef, nullable: false, description: 'The event.' }),
    reload: t.field({
      type: AppReloadRef,
      nullable: false,
      description: 'The reload, read when the event is delivered.',
      resolve: async ({ event, reload }, _args, { load }) =>
        reload ?? present(await load.reload.load({ tenantId: event.tenantId, id: reloadKeyOf(event) })),
    }),
    app: t.field({
      type: AppRef,
      description: 'The app, read when the event is delivered. Null if the event names no app.',
      resolve: ({ event: { tenantId, appId: id } }, _args, { load }) =>
        id === null ? null : load.app.load({ tenantId, id }),
    }),
  }),
});

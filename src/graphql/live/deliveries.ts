import { reloadKeyOf } from '../../store/read/events.ts';
import { toLogCursor } from '../../store/read/log-cursor.ts';
import { AppRef, AppReloadRef } from '../apps/app-ref.ts';
import { builder } from '../builder.ts';
import { EventRef } from '../events/event-ref.ts';
import { AppReloadFinishedEventRef, AutomationRunEndedEventRef } from '../events/event-types.ts';
import { AutomationRunRef } from '../runs/automation-run-ref.ts';
import type { AppDelivery, EventDelivery, ReloadDelivery, RunDelivery } from './delivery.ts';

const cursorDescription = "Give it to a subscription's `after` to continue behind this event.";

/** Rows are written in the transaction of their event, so what is told of is there. */
function present<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('The subject of an event is not there.');
  return row;
}

export const EventStoredRef = builder.objectRef<EventDelivery>('EventStored').implement({
  description: 'An event was stored.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ event }) => toLogCursor(event.tenantId, event.position),
    }),
    event: t.expose('event', { type: EventRef, nullable: false, description: 'The event.' }),
  }),
});

export const AutomationRunEndedRef = builder.objectRef<RunDelivery>('AutomationRunEnded').implement({
  description: 'An automation run has ended.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ event }) => toLogCursor(event.tenantId, event.position),
    }),
    event: t.expose('event', {
      type: AutomationRunEndedEventRef,
      nullable: false,
      description: 'The event.',
    }),
    run: t.field({
      type: AutomationRunRef,
      nullable: false,
      description: "The run's state at delivery.",
      resolve: async ({ event: { tenantId }, runId: id, run }, _args, { load }) =>
        run ?? present(await load.run.load({ tenantId, id })),
    }),
  }),
});

export const AppChangedRef = builder.objectRef<AppDelivery>('AppChanged').implement({
  description: 'Something happened to an app, reloads included.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ event }) => toLogCursor(event.tenantId, event.position),
    }),
    event: t.expose('event', { type: EventRef, nullable: false, description: 'The event.' }),
    app: t.field({
      type: AppRef,
      nullable: false,
      description: "The app's state at delivery.",
      resolve: async ({ event: { tenantId }, appId: id, app }, _args, { load }) =>
        app ?? present(await load.app.load({ tenantId, id })),
    }),
  }),
});

export const AppReloadFinishedRef = builder.objectRef<ReloadDelivery>('AppReloadFinished').implement({
  description: 'A reload of an app has finished.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ event }) => toLogCursor(event.tenantId, event.position),
    }),
    event: t.expose('event', { type: AppReloadFinishedEventRef, nullable: false, description: 'The event.' }),
    reload: t.field({
      type: AppReloadRef,
      nullable: false,
      description: 'The reload.',
      resolve: async ({ event, reload }, _args, { load }) =>
        reload ?? present(await load.reload.load({ tenantId: event.tenantId, id: reloadKeyOf(event) })),
    }),
    app: t.field({
      type: AppRef,
      description: "The app's state at delivery; null where the event names no app.",
      resolve: ({ event: { tenantId, appId: id } }, _args, { load }) =>
        id === null ? null : load.app.load({ tenantId, id }),
    }),
  }),
});

import type { EventRecord } from '../store/read/events.ts';
import type { LogEntry } from '../store/read/log.ts';
import { AppRef, AppReloadRef } from './app-ref.ts';
import { AutomationRunRef } from './automation-run-ref.ts';
import { builder } from './builder.ts';
import { type GraphContext, requireReader } from './context.ts';
import { EventRef } from './event-ref.ts';
import { AppReloadFinishedEventRef, AutomationRunEndedEventRef } from './event-types.ts';
import { findStart, toLogCursor } from './log-cursor.ts';

/** A log entry that is about a known thing. */
type About<Key extends keyof EventRecord> = EventRecord & { [Name in Key]: string };

const cursorDescription = "Give it to a subscription's `after` to continue behind this event.";
const afterDescription =
  'Start right behind this cursor of the event log; without it, at the head as it is when the server takes the operation.';

async function follow<Item>(
  context: GraphContext,
  after: string | null | undefined,
  pick: (entry: LogEntry) => Item | undefined,
): Promise<AsyncIterableIterator<Item, undefined>> {
  const tenantId = await requireReader(context);
  return context.feed.follow(tenantId, await findStart(context, tenantId, after), pick);
}

/** Rows are written in the transaction of their event, so what is told of is there. */
function present<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new Error('The subject of an event is not there.');
  return row;
}

const EventStoredRef = builder.objectRef<EventRecord>('EventStored').implement({
  description: 'An event was stored.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ position }) => toLogCursor(position),
    }),
    event: t.field({ type: EventRef, nullable: false, description: 'The event.', resolve: (event) => event }),
  }),
});

const AutomationRunEndedRef = builder.objectRef<About<'runId'>>('AutomationRunEnded').implement({
  description: 'An automation run has ended.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ position }) => toLogCursor(position),
    }),
    event: t.field({
      type: AutomationRunEndedEventRef,
      nullable: false,
      description: 'The event.',
      resolve: (event) => event,
    }),
    run: t.field({
      type: AutomationRunRef,
      nullable: false,
      description: "The run's state at delivery.",
      resolve: async ({ tenantId, runId }, _args, { load }) =>
        present(await load.run.load({ tenantId, id: runId })),
    }),
  }),
});

const AppChangedRef = builder.objectRef<About<'appId'>>('AppChanged').implement({
  description: 'Something happened to an app, reloads included.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ position }) => toLogCursor(position),
    }),
    event: t.field({ type: EventRef, nullable: false, description: 'The event.', resolve: (event) => event }),
    app: t.field({
      type: AppRef,
      nullable: false,
      description: "The app's state at delivery.",
      resolve: async ({ tenantId, appId }, _args, { load }) =>
        present(await load.app.load({ tenantId, id: appId })),
    }),
  }),
});

const AppReloadFinishedRef = builder.objectRef<EventRecord>('AppReloadFinished').implement({
  description: 'A reload of an app has finished.',
  fields: (t) => ({
    cursor: t.string({
      nullable: false,
      description: cursorDescription,
      resolve: ({ position }) => toLogCursor(position),
    }),
    event: t.field({
      type: AppReloadFinishedEventRef,
      nullable: false,
      description: 'The event.',
      resolve: (event) => event,
    }),
    reload: t.field({
      type: AppReloadRef,
      nullable: false,
      description: 'The reload.',
      resolve: async ({ tenantId, eventKey }, _args, { load }) =>
        present(await load.reload.load({ tenantId, id: eventKey })),
    }),
    app: t.field({
      type: AppRef,
      description: "The app's state at delivery; null where the event names no app.",
      resolve: ({ tenantId, appId }, _args, { load }) =>
        appId === null ? null : load.app.load({ tenantId, id: appId }),
    }),
  }),
});

builder.subscriptionFields((t) => {
  const args = { after: t.arg.string({ description: afterDescription }) };
  return {
    eventStored: t.field({
      type: EventStoredRef,
      nullable: false,
      description: 'Every event of the log.',
      args,
      subscribe: (_root, { after }, context) => follow(context, after, (entry) => entry),
      resolve: (entry) => entry,
    }),
    automationRunEnded: t.field({
      type: AutomationRunEndedRef,
      nullable: false,
      description: 'Every run that has ended, with its state at delivery.',
      args,
      subscribe: (_root, { after }, context) =>
        follow(context, after, (entry) =>
          entry.runId === null ? undefined : { ...entry, runId: entry.runId },
        ),
      resolve: (entry) => entry,
    }),
    appChanged: t.field({
      type: AppChangedRef,
      nullable: false,
      description: 'Every event about an app, reloads included.',
      args,
      subscribe: (_root, { after }, context) =>
        follow(context, after, (entry) =>
          entry.appId === null ? undefined : { ...entry, appId: entry.appId },
        ),
      resolve: (entry) => entry,
    }),
    appReloadFinished: t.field({
      type: AppReloadFinishedRef,
      nullable: false,
      description: 'Every reload that has finished.',
      args,
      subscribe: (_root, { after }, context) =>
        follow(context, after, (entry) => (entry.type === 'APP_RELOAD_FINISHED' ? entry : undefined)),
      resolve: (entry) => entry,
    }),
  };
});

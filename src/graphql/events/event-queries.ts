import { isId } from '../../domain/values/text.ts';
import { findEvent, toEventListing } from '../../store/read/events.ts';
import type { LogEnds } from '../../store/read/log.ts';
import { toLogCursor } from '../../store/read/log-cursor.ts';
import { builder } from '../builder.ts';
import { toConnection } from '../connections/connection.ts';
import { listArgs } from '../connections/page-args.ts';
import { readActingTenant, readLogOf } from '../context.ts';
import { eventInputs } from '../filters/inputs.ts';
import { EventConnection, EventTypeRef } from './event.ts';
import { EventRef } from './event-ref.ts';

const EventLogRef = builder.objectRef<LogEnds & { tenantId: string }>('EventLog').implement({
  description: "The first and last position of the tenant's event log.",
  fields: (t) => ({
    headPosition: t.expose('head', {
      type: 'SafeInt',
      nullable: false,
      description:
        'The newest position; 0 if the log is empty. Positions are 1, 2, 3 … per tenant, without gaps.',
    }),
    headCursor: t.string({
      nullable: false,
      description:
        "The cursor of `headPosition`. Pass it as a subscription's `after` to continue exactly where this query has read.",
      resolve: ({ tenantId, head, headChecksum }) => toLogCursor(tenantId, head, headChecksum),
    }),
    oldestPosition: t.field({
      type: 'SafeInt',
      description: 'The oldest position that is kept. Null if the log is empty or all events are pruned.',
      resolve: ({ head, prunedThrough }) => (prunedThrough < head ? prunedThrough + 1 : null),
    }),
    startCursor: t.string({
      nullable: false,
      description:
        'The cursor before the oldest event that is kept. A subscription that starts here replays the whole log.',
      resolve: ({ tenantId, prunedThrough }) => toLogCursor(tenantId, prunedThrough),
    }),
  }),
});

builder.queryFields((t) => ({
  eventLog: t.field({
    scope: 'events:read',
    type: EventLogRef,
    nullable: false,
    description: "The first and last position of the tenant's event log.",
    resolve: (_root, _args, context) => readLogOf(context),
  }),
  event: t.field({
    scope: 'events:read',
    type: EventRef,
    description:
      'The event with this source and id; null if there is none. Events of different types may share both; without `type`, the one stored first is returned.',
    args: {
      source: t.arg.string({ required: true, description: 'The source of the event, as sent.' }),
      eventId: t.arg.id({ required: true, description: 'The id that the producer gave the event.' }),
      type: t.arg({ type: EventTypeRef, description: 'Finds only an event of this type.' }),
    },
    resolve: async (_root, { source, eventId, type }, context) => {
      const database = await readActingTenant(context);
      if (!isId(source) || !isId(eventId)) return null;
      return findEvent(database, { source, eventId }, type ?? undefined);
    },
  }),
  events: t.field({
    scope: 'events:read',
    ...EventConnection.field,
    description: 'The events of the log, newest position first unless `orderBy` is set.',
    args: listArgs(t.arg, eventInputs),
    resolve: async (_root, args, context) =>
      toConnection(toEventListing('Query.events', await readActingTenant(context), args), args),
  }),
}));

import { isId } from '../../domain/values/text.ts';
import { findEvent, toEventListing } from '../../store/read/events.ts';
import type { LogEnds } from '../../store/read/log.ts';
import { toLogCursor } from '../../store/read/log-cursor.ts';
import { builder } from '../builder.ts';
import { toConnection } from '../connections/connection.ts';
import { listArgs } from '../connections/page-args.ts';
import { readLogOf, requireReader } from '../context.ts';
import { EventFilterRef } from '../filters/filters.ts';
import { EventOrderRef } from '../filters/orders.ts';
import { EventConnectionRef, EventTypeRef } from './event.ts';
import { EventRef } from './event-ref.ts';

const EventLogRef = builder.objectRef<LogEnds & { tenantId: string }>('EventLog').implement({
  description: "The tenant's event log: where it begins and ends.",
  fields: (t) => ({
    headPosition: t.expose('head', {
      type: 'SafeInt',
      nullable: false,
      description:
        'The newest position; 0 on an empty log. Positions are per tenant, 1, 2, 3 … without a gap.',
    }),
    headCursor: t.string({
      nullable: false,
      description: "Give it to a subscription's `after` to continue from this very read.",
      resolve: ({ tenantId, head }) => toLogCursor(tenantId, head),
    }),
    oldestPosition: t.field({
      type: 'SafeInt',
      description:
        'The oldest position still kept; null where there is none: on an empty log, or after all was pruned.',
      resolve: ({ head, prunedThrough }) => (prunedThrough < head ? prunedThrough + 1 : null),
    }),
    startCursor: t.string({
      nullable: false,
      description: 'Before the oldest event kept: a subscription from here replays all of it.',
      resolve: ({ tenantId, prunedThrough }) => toLogCursor(tenantId, prunedThrough),
    }),
  }),
});

builder.queryFields((t) => ({
  eventLog: t.field({
    type: EventLogRef,
    nullable: false,
    description: "The tenant's event log: where it begins and ends.",
    resolve: (_root, _args, context) => readLogOf(context),
  }),
  event: t.field({
    type: EventRef,
    description:
      'An event by its source and id. Several types may share both; without `type` the one stored first.',
    args: {
      source: t.arg.string({ required: true, description: "The event's source." }),
      eventId: t.arg.id({ required: true, description: "The producer's id of the event." }),
      type: t.arg({ type: EventTypeRef, description: 'Only an event of this type.' }),
    },
    resolve: async (_root, { source, eventId, type }, context) => {
      const tenantId = await requireReader(context);
      if (!isId(source) || !isId(eventId)) return null;
      return findEvent(context.database, tenantId, { source, eventId }, type ?? undefined);
    },
  }),
  events: t.field({
    type: EventConnectionRef,
    nullable: false,
    description: 'The log itself, newest position first.',
    args: listArgs(t.arg, EventFilterRef, EventOrderRef),
    resolve: async (_root, args, context) =>
      toConnection(context, toEventListing('Query.events', await requireReader(context), args), args),
  }),
}));

import type { IngestOutcome, IngestReceipt } from '../../ingest/ingest-events.ts';
import { ingestEvents } from '../../ingest/ingest-events.ts';
import { builder } from '../builder.ts';
import { requireScope } from '../context.ts';
import { describeValues } from '../describe-values.ts';
import { EventRef } from '../events/event-ref.ts';
import { IngestProblemRef } from './ingest-problem.ts';
import { toQuarantinedEventId } from './quarantine-ids.ts';

const IngestOutcomeRef = builder.enumType('IngestOutcome', {
  description: 'What became of an ingested item.',
  values: describeValues<IngestOutcome>({
    STORED: 'It is committed to the log.',
    DUPLICATE:
      'Same tenant, source, type and id as an event of the log: nothing changed. Another envelope of it (webhook and audit copy) is a duplicate too.',
    CONFLICT:
      'Same tenant, source, type, id and envelope, other content: the first stands, this one is in quarantine.',
    QUARANTINED: 'Kept whole in quarantine: its id, type or tenant is missing or unusable.',
    REJECTED: 'Not kept: not a JSON object, too large or too deep, or for a tenant the caller may not write.',
  }),
});

const IngestReceiptRef = builder.objectRef<IngestReceipt>('IngestReceipt').implement({
  description: 'The answer for one ingested item.',
  fields: (t) => ({
    index: t.exposeInt('index', {
      nullable: false,
      description: 'The place of the item in the batch, from 0.',
    }),
    outcome: t.expose('outcome', {
      type: IngestOutcomeRef,
      nullable: false,
      description: 'What became of it.',
    }),
    eventId: t.exposeID('eventId', { description: "The producer's id, where it could be read." }),
    tenantId: t.exposeID('tenantId', { description: 'The tenant, where it could be read.' }),
    position: t.expose('position', {
      type: 'SafeInt',
      description:
        "The event's place in its tenant's log: of the copy that stands, for a DUPLICATE or CONFLICT.",
    }),
    event: t.field({
      type: EventRef,
      description:
        'The stored event; the one that stands, for a DUPLICATE or CONFLICT, and null where that one is pruned.',
      resolve: ({ tenantId, position }, _args, { load }) =>
        tenantId === undefined || position === undefined ? null : load.event.load({ tenantId, id: position }),
    }),
    quarantinedEventId: t.id({
      description:
        'Global id of the item in quarantine: where this one waits or, for one that was tried again, waited.',
      resolve: ({ quarantined }) => (quarantined === undefined ? null : toQuarantinedEventId(quarantined)),
    }),
    errors: t.expose('errors', {
      type: [IngestProblemRef],
      nullable: false,
      description: 'Why the item is not stored; empty for STORED and DUPLICATE.',
    }),
    warnings: t.expose('warnings', {
      type: [IngestProblemRef],
      nullable: false,
      description: 'What was stored but could not be read into a typed field.',
    }),
  }),
});

/** The answers for a batch, whether it was sent or comes out of quarantine. */
export interface IngestPayload {
  receipts: IngestReceipt[];
  /** Where a retry goes on. */
  nextCursor?: string | undefined;
  clientMutationId: string | null | undefined;
}

const countOf = (outcome: IngestOutcome) => (payload: IngestPayload) =>
  payload.receipts.filter((receipt) => receipt.outcome === outcome).length;

export const IngestPayloadRef = builder.objectRef<IngestPayload>('IngestEventsPayload').implement({
  description: 'The answers for a batch.',
  fields: (t) => ({
    receipts: t.expose('receipts', {
      type: [IngestReceiptRef],
      nullable: false,
      description: 'One per item, in the same order.',
    }),
    stored: t.int({ nullable: false, description: 'How many are STORED.', resolve: countOf('STORED') }),
    duplicates: t.int({
      nullable: false,
      description: 'How many are DUPLICATE.',
      resolve: countOf('DUPLICATE'),
    }),
    conflicts: t.int({
      nullable: false,
      description: 'How many are CONFLICT.',
      resolve: countOf('CONFLICT'),
    }),
    quarantined: t.int({
      nullable: false,
      description: 'How many are QUARANTINED.',
      resolve: countOf('QUARANTINED'),
    }),
    rejected: t.int({ nullable: false, description: 'How many are REJECTED.', resolve: countOf('REJECTED') }),
    nextCursor: t.exposeString('nextCursor', {
      description:
        'Of `retryQuarantinedEvents` without ids, while more waits than one call takes: give it as `after` to go on.',
    }),
    clientMutationId: t.exposeString('clientMutationId', { description: 'As given in the input.' }),
  }),
});

const IngestEventsInputRef = builder.inputType('IngestEventsInput', {
  description: 'A batch of events.',
  fields: (t) => ({
    events: t.field({
      type: ['JSON'],
      required: true,
      description: '1 to MAX_BATCH (1000) CloudEvents as Qlik sent them, in any of the four envelopes.',
    }),
    clientMutationId: t.string({ description: 'Given back in the payload.' }),
  }),
});

builder.mutationField('ingestEvents', (t) =>
  t.field({
    type: IngestPayloadRef,
    nullable: false,
    description:
      'Stores what it can and answers for every item, in the order sent. Safe to repeat. Needs the scope events:ingest.',
    args: { input: t.arg({ type: IngestEventsInputRef, required: true, description: 'The batch.' }) },
    resolve: async (_root, { input }, context) => {
      requireScope(context, 'events:ingest');
      const { caller, ingest, ingestQueue } = context;
      const mayWrite = (tenantId: string) => caller.mayWrite(tenantId);
      const receipts = await ingestEvents(ingestQueue, input.events, { ...ingest, mayWrite });
      return { receipts, clientMutationId: input.clientMutationId };
    },
  }),
);

import type { IngestOrigin } from '../../domain/events/ingest-origin.ts';
import type { IngestLimits, IngestOutcome, IngestReceipt } from '../../ingest/ingest-events.ts';
import { ingestEvents, previewIngest } from '../../ingest/ingest-events.ts';
import { builder, type TypesOf } from '../builder.ts';
import { PART_OF_PARENT } from '../connections/list-cost.ts';
import type { GraphContext } from '../context.ts';
import { describeValues } from '../describe-values.ts';
import { EventRef } from '../events/event-ref.ts';
import { IngestProblemRef } from './ingest-problem.ts';
import { toQuarantinedEventId } from './quarantine-ids.ts';

const IngestOutcomeRef = builder.enumType('IngestOutcome', {
  description: 'The result for one ingested item.',
  values: describeValues<IngestOutcome>({
    STORED: 'The event is committed to the log.',
    DUPLICATE:
      'The log already contains an event with this tenant, source, type and id; nothing changed. A copy in another envelope (webhook and audit copy) is a duplicate too.',
    CONFLICT:
      'The log contains an event with the same tenant, source, type, id and envelope but other content. The stored event is unchanged; this item is in quarantine.',
    QUARANTINED:
      'The item is kept whole in quarantine, because its id, type or tenant is missing or unusable.',
    REJECTED:
      'The item is not kept: it is not a JSON object, is too large or too deep, or belongs to a tenant that the caller may not write.',
  }),
});

const IngestReceiptRef = builder.objectRef<IngestReceipt>('IngestReceipt').implement({
  description: 'The answer for one ingested item.',
  fields: (t) => ({
    index: t.exposeInt('index', {
      nullable: false,
      description: 'The index of the item in the batch, from 0.',
    }),
    outcome: t.expose('outcome', {
      type: IngestOutcomeRef,
      nullable: false,
      description: 'The result for the item.',
    }),
    eventId: t.exposeID('eventId', {
      description: 'The id that the producer gave the event. Null if it could not be read.',
    }),
    tenantId: t.exposeID('tenantId', {
      description: "Qlik's id of the tenant. Null if it could not be read.",
    }),
    position: t.expose('position', {
      type: 'SafeInt',
      description:
        "The event's position in its tenant's log. For a DUPLICATE or CONFLICT, the position of the event that is stored.",
    }),
    event: t.field({
      type: EventRef,
      description:
        'The stored event. For a DUPLICATE or CONFLICT, the event that the log already contains; null if that event is pruned.',
      resolve: ({ tenantId, position }, _args, { load }) =>
        tenantId === undefined || position === undefined ? null : load.event.load({ tenantId, id: position }),
    }),
    quarantinedEventId: t.id({
      description:
        'The global id of the item in quarantine. After a retry, the id that the item has or had there.',
      resolve: ({ quarantined }) => (quarantined === undefined ? null : toQuarantinedEventId(quarantined)),
    }),
    errors: t.expose('errors', {
      type: [IngestProblemRef],
      nullable: false,
      extensions: PART_OF_PARENT,
      description: 'Why the item is not stored. Empty for STORED and DUPLICATE.',
    }),
    warnings: t.expose('warnings', {
      type: [IngestProblemRef],
      nullable: false,
      extensions: PART_OF_PARENT,
      description: 'Values of the event that are stored but could not be read into a typed field.',
    }),
  }),
});

/** The receipts of a batch that was sent or retried from quarantine. */
export interface IngestPayload {
  receipts: IngestReceipt[];
  /** The cursor from which the next retry continues. */
  nextCursor?: string | undefined;
  clientMutationId: string | null | undefined;
}

function countField(t: PothosSchemaTypes.ObjectFieldBuilder<TypesOf, IngestPayload>, counted: IngestOutcome) {
  return t.int({
    nullable: false,
    description: `The number of items with the outcome ${counted}.`,
    resolve: ({ receipts }) => receipts.filter(({ outcome }) => outcome === counted).length,
  });
}

export const IngestPayloadRef = builder.objectRef<IngestPayload>('IngestEventsPayload').implement({
  description: 'The receipts of a batch, and the number of items per outcome.',
  fields: (t) => ({
    receipts: t.expose('receipts', {
      type: [IngestReceiptRef],
      nullable: false,
      extensions: PART_OF_PARENT,
      description: 'One receipt per item, in the order of the items.',
    }),
    stored: countField(t, 'STORED'),
    duplicates: countField(t, 'DUPLICATE'),
    conflicts: countField(t, 'CONFLICT'),
    quarantined: countField(t, 'QUARANTINED'),
    rejected: countField(t, 'REJECTED'),
    nextCursor: t.exposeString('nextCursor', {
      description:
        'After `retryQuarantinedEvents` without `ids`: pass it as `after` to retry the next items. Null if no item follows.',
    }),
    clientMutationId: t.exposeString('clientMutationId', { description: 'The value from the input.' }),
  }),
});

const IngestOriginRef = builder.enumType('IngestOrigin', {
  description: 'Who brings events to the service. The origin of the first copy is kept with the event.',
  values: describeValues<IngestOrigin>({
    DIRECT: 'A client, such as `npm run ingest`.',
    RELAY: "The relay, from a webhook of Qlik's.",
    BACKFILL: "A backfill, from Qlik's audit log. Such events count as recovered in `coverage`.",
  }),
});

const IngestEventsInputRef = builder.inputType('IngestEventsInput', {
  description: 'A batch of events to store.',
  fields: (t) => ({
    events: t.field({
      type: ['JSON'],
      required: true,
      description:
        '1 to MAX_BATCH (default 1000) CloudEvents as Qlik sent them, in any of the four envelopes.',
    }),
    origin: t.field({
      type: IngestOriginRef,
      defaultValue: 'DIRECT',
      description: 'Who brings the events. Null means DIRECT.',
    }),
    dryRun: t.boolean({
      defaultValue: false,
      description:
        'Whether to return the receipts that the events would have now, and to store nothing, not even in quarantine. The receipts have no position, event and quarantinedEventId. Null means false.',
    }),
    clientMutationId: t.string({ description: 'Any text. It is returned in the payload.' }),
  }),
});

/** Returns the limits of ingest for the caller of a request. */
export function toIngestLimits({ caller, ingest }: GraphContext): IngestLimits {
  const { onlyTenant } = caller;
  return { ...ingest, mayWrite: (tenantId) => caller.mayWrite(tenantId), onlyTenant };
}

builder.mutationField('ingestEvents', (t) =>
  t.field({
    scope: 'events:ingest',
    type: IngestPayloadRef,
    nullable: false,
    extensions: { cost: { perItemOf: 'events' } },
    description:
      'Stores the events that can be stored, and returns a receipt for every item, in the order sent. It is safe to repeat. Needs the scope events:ingest.',
    args: {
      input: t.arg({ type: IngestEventsInputRef, required: true, description: 'The events to store.' }),
    },
    resolve: async (_root, { input }, context) => {
      const { ingestQueue, database, takeEvents } = context;
      const { events, origin, dryRun, clientMutationId } = input;
      const limits = { ...toIngestLimits(context), takeEvents };
      const receipts =
        dryRun === true
          ? await previewIngest(database, events, limits)
          : await ingestEvents(ingestQueue, events, limits, origin ?? 'DIRECT');
      return { receipts, clientMutationId };
    },
  }),
);

import { Refusal } from '../../domain/refusal.ts';
import { discardQuarantined } from '../../ingest/discard-quarantined.ts';
import { retryQuarantineAfter, retryQuarantined } from '../../ingest/retry-quarantined.ts';
import { parseQuarantineCursor, toQuarantineCursor } from '../../store/read/quarantine.ts';
import { builder } from '../builder.ts';
import { type GraphContext, requireAdmin } from '../context.ts';
import { type IngestPayload, IngestPayloadRef } from './ingest-events.ts';
import { parseQuarantinedEventIds } from './quarantine-ids.ts';

interface RetryInput {
  ids?: string[] | null | undefined;
  after?: string | null | undefined;
  clientMutationId?: string | null | undefined;
}

const RetryInputRef = builder.inputType('RetryQuarantinedEventsInput', {
  description: 'What to try again.',
  fields: (t) => ({
    ids: t.idList({
      description:
        "Global ids, at most MAX_BATCH (1000), tried once each in this order; what is no item of the tenant's is passed over. Left out, all of the tenant's, in the order of arrival, at most MAX_BATCH a call. Null is an error.",
    }),
    after: t.string({
      description: 'Without ids: go on after this cursor, of `nextCursor` or of `quarantinedEvents`.',
    }),
    clientMutationId: t.string({ description: 'Given back in the payload.' }),
  }),
});

const DiscardInputRef = builder.inputType('DiscardQuarantinedEventsInput', {
  description: 'What to discard.',
  fields: (t) => ({
    ids: t.idList({
      required: true,
      description: "Global ids, at most MAX_BATCH (1000); what is no item of the tenant's is passed over.",
    }),
    clientMutationId: t.string({ description: 'Given back in the payload.' }),
  }),
});

interface DiscardPayload {
  discarded: number;
  clientMutationId: string | null | undefined;
}

const DiscardPayloadRef = builder.objectRef<DiscardPayload>('DiscardQuarantinedEventsPayload').implement({
  description: 'What was discarded.',
  fields: (t) => ({
    discarded: t.exposeInt('discarded', {
      nullable: false,
      description: 'How many items were in quarantine and are no longer.',
    }),
    clientMutationId: t.exposeString('clientMutationId', { description: 'As given in the input.' }),
  }),
});

builder.mutationFields((t) => ({
  retryQuarantinedEvents: t.field({
    type: IngestPayloadRef,
    nullable: false,
    description:
      'Tries quarantined events again, after a fix or an upgrade, with receipts as for ingest. What is STORED or DUPLICATE leaves quarantine, the rest stays with its problems as found now. Safe to repeat. Needs the scope events:admin.',
    args: { input: t.arg({ type: RetryInputRef, required: true, description: 'What to try again.' }) },
    resolve: async (_root, { input }, context) => ({
      ...(await retry(context, input)),
      clientMutationId: input.clientMutationId,
    }),
  }),
  discardQuarantinedEvents: t.field({
    type: DiscardPayloadRef,
    nullable: false,
    description:
      'Drops quarantined events for good. Safe to repeat: what is gone already is not counted. Needs the scope events:admin.',
    args: { input: t.arg({ type: DiscardInputRef, required: true, description: 'What to discard.' }) },
    resolve: async (_root, { input: { ids, clientMutationId } }, context) => {
      const keys = parseQuarantinedEventIds(ids, await requireAdmin(context), context.ingest.maxBatch);
      return { discarded: await discardQuarantined(context.database, keys), clientMutationId };
    },
  }),
}));

/**
 * A null is refused: it is more likely a list that a client failed to fill than a wish to retry
 * everything.
 */
const NULL_IDS =
  'ids: null is no list; name the items, or leave ids out to retry all that are in quarantine.';

async function retry(
  context: GraphContext,
  { ids, after }: RetryInput,
): Promise<Omit<IngestPayload, 'clientMutationId'>> {
  const owners = await requireAdmin(context);
  if (ids === null) throw new Refusal('BAD_USER_INPUT', NULL_IDS);
  const { caller, database, ingest, ingestQueue: queue } = context;
  const limits = { ...ingest, mayWrite: (tenantId: string) => caller.mayWrite(tenantId) };
  if (ids !== undefined) {
    if (typeof after === 'string') throw new Refusal('BAD_USER_INPUT', 'after: not together with ids.');
    const keys = parseQuarantinedEventIds(ids, owners, ingest.maxBatch);
    return { receipts: await retryQuarantined({ database, queue }, keys, limits) };
  }
  const place = typeof after === 'string' ? parseQuarantineCursor(after) : undefined;
  const { receipts, moreAfter } = await retryQuarantineAfter({ database, queue }, owners, place, limits);
  return { receipts, nextCursor: moreAfter && toQuarantineCursor(moreAfter) };
}

import { Refusal } from '../../domain/refusal.ts';
import { discardQuarantined } from '../../ingest/discard-quarantined.ts';
import { retryQuarantineAfter, retryQuarantined } from '../../ingest/retry-quarantined.ts';
import { parseQuarantineCursor, toQuarantineCursor } from '../../store/read/quarantine.ts';
import { builder } from '../builder.ts';
import { type GraphContext, listQuarantineOwners } from '../context.ts';
import { type IngestPayload, IngestPayloadRef, toIngestLimits } from './ingest-events.ts';
import { parseQuarantinedEventIds } from './quarantine-ids.ts';

interface RetryInput {
  ids?: string[] | null | undefined;
  after?: string | null | undefined;
  clientMutationId?: string | null | undefined;
}

const RetryInputRef = builder.inputType('RetryQuarantinedEventsInput', {
  description: 'The quarantined events to retry.',
  fields: (t) => ({
    ids: t.idList({
      description:
        'Global ids, at most MAX_BATCH (default 1000). Each item is tried once, in this order; ids that are not items of the tenant are skipped. Without `ids`, all items of the tenant are tried in the order of arrival, at most MAX_BATCH per call. Null is an error.',
    }),
    after: t.string({
      description:
        'Continues after this cursor, from `nextCursor` or from `quarantinedEvents`. Not together with `ids`.',
    }),
    clientMutationId: t.string({ description: 'Any text. It is returned in the payload.' }),
  }),
});

const DiscardInputRef = builder.inputType('DiscardQuarantinedEventsInput', {
  description: 'The quarantined events to delete.',
  fields: (t) => ({
    ids: t.idList({
      required: true,
      description:
        'Global ids, at most MAX_BATCH (default 1000). Ids that are not items of the tenant are skipped.',
    }),
    clientMutationId: t.string({ description: 'Any text. It is returned in the payload.' }),
  }),
});

interface DiscardPayload {
  discarded: number;
  clientMutationId: string | null | undefined;
}

const DiscardPayloadRef = builder.objectRef<DiscardPayload>('DiscardQuarantinedEventsPayload').implement({
  description: 'The result of deleting quarantined events.',
  fields: (t) => ({
    discarded: t.exposeInt('discarded', {
      nullable: false,
      description: 'The number of items that this call deleted.',
    }),
    clientMutationId: t.exposeString('clientMutationId', { description: 'The value from the input.' }),
  }),
});

builder.mutationFields((t) => ({
  retryQuarantinedEvents: t.field({
    scope: 'events:admin',
    type: IngestPayloadRef,
    nullable: false,
    extensions: { cost: { perItemOf: 'ids' } },
    description:
      'Tries to store quarantined events again, after a fix or an upgrade. Returns receipts like `ingestEvents`. Items with the outcome STORED or DUPLICATE leave quarantine; the others stay, with the problems found now. It is safe to repeat. Needs the scope events:admin.',
    args: { input: t.arg({ type: RetryInputRef, required: true, description: 'The events to retry.' }) },
    resolve: async (_root, { input }, context) => ({
      ...(await retry(context, input)),
      clientMutationId: input.clientMutationId,
    }),
  }),
  discardQuarantinedEvents: t.field({
    scope: 'events:admin',
    type: DiscardPayloadRef,
    nullable: false,
    extensions: { cost: { perItemOf: 'ids' } },
    description:
      'Deletes quarantined events permanently. It is safe to repeat: items that are already deleted are not counted. Needs the scope events:admin.',
    args: { input: t.arg({ type: DiscardInputRef, required: true, description: 'The events to delete.' }) },
    resolve: async (_root, { input: { ids, clientMutationId } }, context) => {
      const keys = parseQuarantinedEventIds(
        ids,
        await listQuarantineOwners(context),
        context.ingest.maxBatch,
      );
      return { discarded: await discardQuarantined(context.database, keys), clientMutationId };
    },
  }),
}));

/**
 * Null is refused, because a client that failed to fill its list sends null too, and must not retry
 * everything.
 */
const NULL_IDS =
  'ids: null is not a list. Name the items, or leave ids out to retry all items in quarantine.';

async function retry(
  context: GraphContext,
  { ids, after }: RetryInput,
): Promise<Omit<IngestPayload, 'clientMutationId'>> {
  const owners = await listQuarantineOwners(context);
  if (ids === null) throw new Refusal('BAD_USER_INPUT', NULL_IDS);
  const { database: databases, ingestQueue: queue } = context;
  const limits = toIngestLimits(context);
  if (ids !== undefined) {
    if (typeof after === 'string')
      throw new Refusal('BAD_USER_INPUT', 'after: cannot be used together with ids.');
    const keys = parseQuarantinedEventIds(ids, owners, limits.maxBatch);
    return { receipts: await retryQuarantined({ databases, queue }, keys, limits) };
  }
  const place = typeof after === 'string' ? parseQuarantineCursor(after) : undefined;
  const { receipts, moreAfter } = await retryQuarantineAfter(
    { databases, queue },
    owners.map((owner) => databases.forTenant(owner)),
    place,
    limits,
  );
  return { receipts, nextCursor: moreAfter && toQuarantineCursor(moreAfter) };
}

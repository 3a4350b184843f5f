import { toChunks } from '../domain/chunks.ts';
import type { Database } from '../store/database/database.ts';
import type { QuarantineKey, QuarantinePlace } from '../store/tables/quarantine-key.ts';
import {
  findQuarantinedTexts,
  findWaitingItems,
  readQuarantineAfter,
  type WaitingItem,
} from '../store/write/read-quarantined.ts';
import { type Finding, removeQuarantined, updateProblems } from '../store/write/settle-quarantined.ts';
import { checkItem } from './check-item.ts';
import { type IngestLimits, type IngestReceipt, recordItems, toReceipt } from './ingest-events.ts';
import type { IngestQueue } from './open-ingest-queue.ts';

/** Bytes of JSON that are in memory at once. A single item may be longer. */
const MAX_BYTES_AT_ONCE = 16_000_000;

/** Where items wait, and where they go. */
interface Stores {
  database: Database;
  queue: IngestQueue;
}

/** The answer for an item that was in quarantine. */
type Tried = IngestReceipt & { quarantined: QuarantineKey };

/** The answers for items that were tried again. */
export interface Retried {
  receipts: IngestReceipt[];
  /** The last item tried, while there are more behind it. */
  moreAfter: QuarantinePlace | undefined;
}

/**
 * Tries the items of the tenants again that arrived after a place, or from the first one on: at most a batch of them, in the
 * order of arrival. What becomes of them is told below.
 */
export async function retryQuarantineAfter(
  { database, queue }: Stores,
  tenantIds: readonly string[],
  after: QuarantinePlace | undefined,
  limits: IngestLimits,
): Promise<Retried> {
  const found = await readQuarantineAfter(database, tenantIds, after, limits.maxBatch + 1);
  const items = found.slice(0, limits.maxBatch);
  const moreAfter = found.length > items.length ? items.at(-1) : undefined;
  return { receipts: await retryAll({ database, queue }, items, limits), moreAfter };
}

/**
 * Tries items again, in the order of their keys; what is not in quarantine is passed over. An item that is in the log now leaves
 * quarantine, any other stays, with the problems found this time. It may be stopped at any moment and repeated: an event that
 * was stored already is a duplicate the next time, and leaves then. Throws UNAVAILABLE while the database is away.
 */
export async function retryQuarantined(
  { database, queue }: Stores,
  keys: readonly QuarantineKey[],
  limits: IngestLimits,
): Promise<IngestReceipt[]> {
  return retryAll({ database, queue }, await findWaitingItems(database, keys), limits);
}

async function retryAll(
  { database, queue }: Stores,
  items: readonly WaitingItem[],
  limits: IngestLimits,
): Promise<IngestReceipt[]> {
  const receipts: IngestReceipt[] = [];
  for (const chunk of toChunks(items, ({ bytes }) => bytes, MAX_BYTES_AT_ONCE)) {
    receipts.push(...(await retryChunk({ database, queue }, chunk, limits, receipts.length)));
  }
  return receipts;
}

async function retryChunk(
  { database, queue }: Stores,
  keys: readonly QuarantineKey[],
  limits: IngestLimits,
  firstIndex: number,
): Promise<IngestReceipt[]> {
  const items = await findQuarantinedTexts(database, keys);
  // The moment of receipt stays that of the arrival: an event without a time of its own must not depend on when it is retried.
  const checked = items.map(({ raw, receivedAt, batchIndex }) =>
    checkItem(raw, { receivedAt, batchIndex, isRetry: true }, limits),
  );
  // What is still unusable is in quarantine already.
  const answers = await recordItems(
    queue,
    checked.filter(({ kind }) => kind === 'event'),
  );
  const receipts = items.flatMap(({ tenantId, itemKey }, index) => {
    const item = checked[index];
    if (item === undefined) return [];
    return [{ ...toReceipt(item, firstIndex + index, answers), quarantined: { tenantId, itemKey } }];
  });
  await settle(database, receipts);
  return receipts;
}

/** Takes what is in the log now out of quarantine, and keeps what was found of the rest. */
async function settle(database: Database, receipts: readonly Tried[]): Promise<void> {
  const leaving: QuarantineKey[] = [];
  const staying: Finding[] = [];
  for (const { outcome, quarantined: key, errors: problems } of receipts) {
    if (outcome === 'STORED' || outcome === 'DUPLICATE') leaving.push(key);
    // What this caller may not write says nothing of the item.
    else if (!problems.some(({ code }) => code === 'FORBIDDEN_TENANT')) staying.push({ key, problems });
  }
  if (leaving.length > 0) await removeQuarantined(database, leaving);
  if (staying.length > 0) await updateProblems(database, staying);
}

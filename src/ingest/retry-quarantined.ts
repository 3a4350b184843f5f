import { toChunks } from '../domain/chunks.ts';
import type { TenantDatabase, TenantDatabases } from '../store/database/database.ts';
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

/*
 * A retry sends an item from quarantine through the same path as a new one. The item keeps its
 * `receivedAt`, which is the time of an event that has none: the result must not depend on the
 * time of the retry. It also keeps its `origin`, so what only a backfill brought counts as
 * recovered. Positions follow the order of storing, so `receivedAt` does not increase
 * with the position.
 *
 * A separate statement deletes an item from quarantine after its event is committed. If a
 * retry is interrupted between the two, the next retry finds a duplicate and deletes the item.
 */

/** The most bytes of JSON in memory. A single item may be larger. */
const MAX_BYTES_AT_ONCE = 16_000_000;

/** The databases that hold quarantine, and the queue that stores events. */
interface Stores {
  databases: TenantDatabases;
  queue: IngestQueue;
}

/** The receipt of a retried item. */
type RetryReceipt = IngestReceipt & { quarantined: QuarantineKey };

/** The receipts of retried items. */
export interface RetryResult {
  receipts: IngestReceipt[];
  /** The last retried item, if more items follow it. */
  moreAfter: QuarantinePlace | undefined;
}

/**
 * Retries at most a batch of the tenants' items in the order of arrival, after a place or from
 * the start; see `retryQuarantined`.
 */
export async function retryQuarantineAfter(
  { databases, queue }: Stores,
  owners: readonly TenantDatabase[],
  after: QuarantinePlace | undefined,
  limits: IngestLimits,
): Promise<RetryResult> {
  const found = await readQuarantineAfter(owners, after, limits.maxBatch + 1);
  const items = found.slice(0, limits.maxBatch);
  const moreAfter = found.length > items.length ? items.at(-1) : undefined;
  return { receipts: await retryAll({ databases, queue }, items, limits), moreAfter };
}

/**
 * Retries items in the order of their keys; skips keys that are not in quarantine. An item
 * whose event is in the log leaves quarantine. Any other stays, with the problems found this
 * time. Throws UNAVAILABLE while the database is down. It is safe to repeat after an
 * interruption.
 */
export async function retryQuarantined(
  { databases, queue }: Stores,
  keys: readonly QuarantineKey[],
  limits: IngestLimits,
): Promise<IngestReceipt[]> {
  return retryAll({ databases, queue }, await findWaitingItems(databases, keys), limits);
}

async function retryAll(
  { databases, queue }: Stores,
  items: readonly WaitingItem[],
  limits: IngestLimits,
): Promise<IngestReceipt[]> {
  const receipts: IngestReceipt[] = [];
  for (const chunk of toChunks(items, ({ bytes }) => bytes, MAX_BYTES_AT_ONCE)) {
    receipts.push(...(await retryChunk({ databases, queue }, chunk, limits, receipts.length)));
  }
  return receipts;
}

async function retryChunk(
  { databases, queue }: Stores,
  keys: readonly QuarantineKey[],
  limits: IngestLimits,
  firstIndex: number,
): Promise<IngestReceipt[]> {
  const items = await findQuarantinedTexts(databases, keys);
  const checked = items.map(({ raw, receivedAt, origin, batchIndex }) =>
    checkItem(raw, { receivedAt, origin, batchIndex, isRetry: true }, limits),
  );
  // Items that are still unusable are in quarantine already.
  const answers = await recordItems(
    queue,
    checked.filter(({ kind }) => kind === 'event'),
  );
  const receipts = items.flatMap(({ tenantId, itemKey }, index) => {
    const item = checked[index];
    if (item === undefined) return [];
    return [{ ...toReceipt(item, firstIndex + index, answers), quarantined: { tenantId, itemKey } }];
  });
  await settle(databases, receipts);
  return receipts;
}

/** Deletes items whose events are in the log, and stores the problems of the others. */
async function settle(databases: TenantDatabases, receipts: readonly RetryReceipt[]): Promise<void> {
  const leaving: QuarantineKey[] = [];
  const staying: Finding[] = [];
  for (const { outcome, quarantined: key, errors: problems } of receipts) {
    if (outcome === 'STORED' || outcome === 'DUPLICATE') leaving.push(key);
    // FORBIDDEN_TENANT is about the caller, so it is not stored as a problem of the item.
    else if (!problems.some(({ code }) => code === 'FORBIDDEN_TENANT')) staying.push({ key, problems });
  }
  if (leaving.length > 0) await removeQuarantined(databases, leaving);
  if (staying.length > 0) await updateProblems(databases, staying);
}

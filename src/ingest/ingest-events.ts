import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IngestOrigin } from '../domain/events/ingest-origin.ts';
import type { ItemErrorCode, Problem, WarningCode } from '../domain/events/problem.ts';
import { Refusal } from '../domain/refusal.ts';
import { type Instant, toInstant } from '../domain/values/instant.ts';
import type { JsonValue } from '../domain/values/json.ts';
import type { TenantDatabases } from '../store/database/database.ts';
import { NO_TENANT, type QuarantineKey } from '../store/tables/quarantine-key.ts';
import type { IncomingEvent } from '../store/write/incoming-event.ts';
import { CONFLICT, previewEvents, type RecordedEvent } from '../store/write/record-events.ts';
import { type CheckedItem, checkItem, type ItemLimits } from './check-item.ts';
import type { IngestQueue } from './open-ingest-queue.ts';
import type { TenantItems } from './tenant-batch.ts';

/** Checking a batch yields to other requests after this time. */
const SLICE_MS = 10;

/** The outcome of an item (README, "Sending events"). */
export const INGEST_OUTCOMES = ['STORED', 'DUPLICATE', 'CONFLICT', 'QUARANTINED', 'REJECTED'] as const;
export type IngestOutcome = (typeof INGEST_OUTCOMES)[number];

/** The receipt of one item of a batch. */
export interface IngestReceipt {
  index: number;
  outcome: IngestOutcome;
  eventId: string | undefined;
  tenantId: string | undefined;
  position: number | undefined;
  errors: Problem<ItemErrorCode>[];
  warnings: Problem<WarningCode>[];
  /** The key of the item in quarantine: where it waits, or waited before a retry. */
  quarantined: QuarantineKey | undefined;
}

export interface IngestLimits extends ItemLimits {
  /** The most items of a batch. */
  maxBatch: number;
  /** Counts the items of a batch before they are checked. Throws beyond the caller's limit. */
  takeEvents?: (count: number) => void;
}

/**
 * Ingests a batch: stores what can be stored and returns a receipt for every item, in the
 * order sent. Throws BATCH_TOO_LARGE or BAD_USER_INPUT for a batch of the wrong size,
 * RATE_LIMITED if the ingest queue is full or the caller has sent too many events, and
 * UNAVAILABLE while the database is down. After an error it is safe to send the whole batch
 * again.
 */
export async function ingestEvents(
  queue: IngestQueue,
  items: readonly JsonValue[],
  limits: IngestLimits,
  origin: IngestOrigin = 'DIRECT',
): Promise<IngestReceipt[]> {
  const checked = await checkBatch(items, limits, origin);
  const answers = await recordItems(queue, checked);
  const rejected = checked.filter(({ kind }) => kind === 'rejected');
  if (rejected.length > 0) queue.countRejected(rejected.length);
  return checked.map((item, index) => toReceipt(item, index, answers));
}

/**
 * Returns the receipts that a batch would have now, without positions, and stores nothing, not even
 * in quarantine. Throws like `ingestEvents`; the ingest queue may be full.
 */
export async function previewIngest(
  database: TenantDatabases,
  items: readonly JsonValue[],
  limits: IngestLimits,
): Promise<IngestReceipt[]> {
  const checked = await checkBatch(items, limits, 'DIRECT');
  const answers = new Map<IncomingEvent, RecordedEvent | undefined>();
  for (const { tenantId, events } of groupByTenant(checked)) {
    const outcomes = await previewEvents(database.forTenant(tenantId), events);
    for (const [index, incoming] of events.entries()) answers.set(incoming, outcomes[index]);
  }
  return checked.map((item, index) => ({ ...toReceipt(item, index, answers), ...UNPLACED }));
}

/** Checks the size of a batch, and each of its items. */
async function checkBatch(
  items: readonly JsonValue[],
  limits: IngestLimits,
  origin: IngestOrigin,
): Promise<CheckedItem[]> {
  if (items.length === 0) throw new Refusal('BAD_USER_INPUT', 'events: send at least one event.');
  if (items.length > limits.maxBatch) {
    throw new Refusal(
      'BATCH_TOO_LARGE',
      `events: ${items.length} events are more than ${limits.maxBatch} in one batch.`,
    );
  }
  limits.takeEvents?.(items.length);
  return checkAll(items, { receivedAt: toInstant(Date.now()), origin }, limits);
}

/** The recorded outcomes of events, by event. */
export type Answers = ReadonlyMap<IncomingEvent, RecordedEvent | undefined>;

/** Stores the events and the quarantined items of a batch, in order per tenant. */
export async function recordItems(queue: IngestQueue, checked: readonly CheckedItem[]): Promise<Answers> {
  const tenants = groupByTenant(checked);
  const recorded = await queue.record(tenants);
  return new Map(
    tenants.flatMap(({ events }, tenant) =>
      events.map((incoming, index) => [incoming, recorded[tenant]?.[index]]),
    ),
  );
}

/** Checks a large batch in slices, so other requests run in between. */
async function checkAll(
  items: readonly JsonValue[],
  arrival: { receivedAt: Instant; origin: IngestOrigin },
  limits: ItemLimits,
): Promise<CheckedItem[]> {
  const checked: CheckedItem[] = [];
  let startedAt = performance.now();
  for (const [batchIndex, item] of items.entries()) {
    checked.push(checkItem(item, { ...arrival, batchIndex, isRetry: false }, limits));
    if (performance.now() - startedAt > SLICE_MS) {
      await nextTurn();
      startedAt = performance.now();
    }
  }
  return checked;
}

function groupByTenant(checked: readonly CheckedItem[]): TenantItems[] {
  const tenants = new Map<string, TenantItems>();
  const itemsOf = (tenantId: string) => {
    const items = tenants.get(tenantId) ?? { tenantId, events: [], quarantined: [] };
    tenants.set(tenantId, items);
    return items;
  };
  for (const item of checked) {
    if (item.kind === 'event') itemsOf(item.incoming.event.tenantId).events.push(item.incoming);
    if (item.kind === 'quarantined') itemsOf(item.item.tenantId ?? NO_TENANT).quarantined.push(item.item);
  }
  return [...tenants.values()];
}

/** A preview names nothing that is stored. */
const UNPLACED = { position: undefined, quarantined: undefined };
const UNSTORED = { position: undefined, warnings: [], quarantined: undefined };

/** Returns the receipt for an item at its index in the batch. */
export function toReceipt(item: CheckedItem, index: number, answers: Answers): IngestReceipt {
  if (item.kind === 'rejected') {
    const { errors, eventId, tenantId } = item;
    return { ...UNSTORED, index, outcome: 'REJECTED', eventId, tenantId, errors };
  }
  if (item.kind === 'quarantined') {
    const { tenantId: owner, itemKey, problems: errors } = item.item;
    const { eventId, tenantId } = item;
    const quarantined = { tenantId: owner ?? NO_TENANT, itemKey };
    return { ...UNSTORED, index, outcome: 'QUARANTINED', eventId, tenantId, errors, quarantined };
  }
  const { eventId, tenantId, warnings } = item.incoming.event;
  const answer = answers.get(item.incoming);
  if (answer === undefined) throw new Error('A recorded event has no answer.');
  const { outcome, position } = answer;
  const isConflict = outcome === 'CONFLICT';
  const errors = isConflict ? [CONFLICT] : [];
  const quarantined = isConflict ? { tenantId, itemKey: item.incoming.itemKey } : undefined;
  return { index, outcome, eventId, tenantId, position, errors, warnings, quarantined };
}

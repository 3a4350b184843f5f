import { toInstant } from '../domain/instant.ts';
import type { JsonValue } from '../domain/json.ts';
import type { ItemErrorCode, Problem, WarningCode } from '../domain/problem.ts';
import { Refusal } from '../domain/refusal.ts';
import type { IncomingEvent } from '../store/write/incoming-event.ts';
import { CONFLICT, type RecordedEvent } from '../store/write/record-events.ts';
import { type CheckedItem, checkItem, type ItemLimits } from './check-item.ts';
import type { IngestQueue } from './open-ingest-queue.ts';
import type { TenantItems } from './share.ts';

/** What became of an item (contract, `IngestOutcome`). */
export const INGEST_OUTCOMES = ['STORED', 'DUPLICATE', 'CONFLICT', 'QUARANTINED', 'REJECTED'] as const;
export type IngestOutcome = (typeof INGEST_OUTCOMES)[number];

/** The answer for one item of a batch. */
export interface IngestReceipt {
  index: number;
  outcome: IngestOutcome;
  eventId: string | undefined;
  tenantId: string | undefined;
  position: number | undefined;
  errors: Problem<ItemErrorCode>[];
  warnings: Problem<WarningCode>[];
}

export interface IngestLimits extends ItemLimits {
  /** Most items of a batch. */
  maxBatch: number;
}

/**
 * Takes in a batch: stores what can be stored and answers for every item, in the order sent. Throws BATCH_TOO_LARGE or
 * BAD_USER_INPUT for a batch of the wrong size, RATE_LIMITED where there is no room for it, and UNAVAILABLE while the database
 * is away; then it is safe to send the whole batch again.
 */
export async function ingestEvents(
  queue: IngestQueue,
  items: readonly JsonValue[],
  limits: IngestLimits,
): Promise<IngestReceipt[]> {
  if (items.length === 0) throw new Refusal('BAD_USER_INPUT', 'events: send at least one event.');
  if (items.length > limits.maxBatch) {
    throw new Refusal(
      'BATCH_TOO_LARGE',
      `events: ${items.length} events are more than ${limits.maxBatch} in one batch.`,
    );
  }
  const receivedAt = toInstant(Date.now());
  const checked = items.map((item) => checkItem(item, receivedAt, limits));
  const tenants = groupByTenant(checked);
  const recorded = await queue.record(tenants);
  const answers = new Map(
    tenants.flatMap(({ events }, tenant) =>
      events.map((incoming, index) => [incoming, recorded[tenant]?.[index]]),
    ),
  );
  return checked.map((item, index) => toReceipt(item, index, answers));
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
    if (item.kind === 'quarantined') itemsOf(item.item.tenantId ?? '').quarantined.push(item.item);
  }
  return [...tenants.values()];
}

function toReceipt(
  item: CheckedItem,
  index: number,
  answers: ReadonlyMap<IncomingEvent, RecordedEvent | undefined>,
): IngestReceipt {
  if (item.kind === 'rejected') {
    const { errors, eventId, tenantId } = item;
    return { index, outcome: 'REJECTED', eventId, tenantId, position: undefined, errors, warnings: [] };
  }
  if (item.kind === 'quarantined') {
    const { tenantId, problems: errors } = item.item;
    const { eventId } = item;
    return { index, outcome: 'QUARANTINED', eventId, tenantId, position: undefined, errors, warnings: [] };
  }
  const { eventId, tenantId, warnings } = item.incoming.event;
  const answer = answers.get(item.incoming);
  if (answer === undefined) throw new Error('A recorded event has no answer.');
  const { outcome, position } = answer;
  const errors = outcome === 'CONFLICT' ? [CONFLICT] : [];
  return { index, outcome, eventId, tenantId, position, errors, warnings };
}

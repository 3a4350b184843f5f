import { toInstant } from '../domain/instant.ts';
import type { JsonValue } from '../domain/json.ts';
import type { ItemErrorCode, Problem, WarningCode } from '../domain/problem.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Database } from '../store/database.ts';
import { NO_TENANT, type QuarantineKey } from '../store/quarantine-key.ts';
import type { IncomingEvent } from '../store/write/incoming-event.ts';
import { CONFLICT, type RecordedEvent, recordEvents } from '../store/write/record-events.ts';
import { recordQuarantined } from '../store/write/record-quarantined.ts';
import { type CheckedItem, checkItem, type ItemLimits } from './check-item.ts';

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
  /** The item in quarantine that this is about: where it waits, or where it waited before a retry. */
  quarantined: QuarantineKey | undefined;
}

export interface IngestLimits extends ItemLimits {
  /** Most items of a batch. */
  maxBatch: number;
}

/**
 * Takes in a batch: stores what can be stored and answers for every item, in the order sent. Throws BATCH_TOO_LARGE or
 * BAD_USER_INPUT for a batch of the wrong size, and UNAVAILABLE while the database is away; then it is safe to send the whole
 * batch again.
 */
export async function ingestEvents(
  database: Database,
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
  const checked = items.map((item, batchIndex) =>
    checkItem(item, { receivedAt, batchIndex, isRetry: false }, limits),
  );
  const [recorded] = await Promise.all([
    recordByTenant(database, checked),
    keepQuarantined(database, checked),
  ]);
  return checked.map((item, index) => toReceipt(item, index, recorded));
}

/** What became of the events among some items. */
export type Answers = ReadonlyMap<IncomingEvent, RecordedEvent>;

/** Stores the events among some items, those of each tenant in their order. */
export async function recordByTenant(database: Database, checked: readonly CheckedItem[]): Promise<Answers> {
  const batches = new Map<string, IncomingEvent[]>();
  for (const item of checked) {
    if (item.kind !== 'event') continue;
    const { tenantId } = item.incoming.event;
    const batch = batches.get(tenantId);
    if (batch === undefined) batches.set(tenantId, [item.incoming]);
    else batch.push(item.incoming);
  }
  const answers = new Map<IncomingEvent, RecordedEvent>();
  await Promise.all(
    [...batches].map(async ([tenantId, batch]) => {
      for (const part of toParts(batch)) {
        const recorded = await recordEvents(database, tenantId, part);
        for (const [index, answer] of recorded.entries()) {
          const incoming = part[index];
          if (incoming !== undefined) answers.set(incoming, answer);
        }
      }
    }),
  );
  return answers;
}

/** Blocks of one transaction: a batch with more of them is stored in parts, so that it ends within its deadline. */
const MAX_BLOCKS_AT_ONCE = 20_000;

function toParts(batch: readonly IncomingEvent[]): IncomingEvent[][] {
  const parts: IncomingEvent[][] = [];
  let blocks = Number.POSITIVE_INFINITY;
  for (const incoming of batch) {
    const more = incoming.event.facts.run?.facts.blocks?.length ?? 0;
    if (blocks + more > MAX_BLOCKS_AT_ONCE) {
      parts.push([]);
      blocks = 0;
    }
    parts.at(-1)?.push(incoming);
    blocks += more;
  }
  return parts;
}

async function keepQuarantined(database: Database, checked: readonly CheckedItem[]): Promise<void> {
  const items = checked.flatMap((item) => (item.kind === 'quarantined' ? [item.item] : []));
  if (items.length > 0) await recordQuarantined(database, items);
}

const UNSTORED = { position: undefined, warnings: [], quarantined: undefined };

/** The answer for an item at its place in the batch. */
export function toReceipt(item: CheckedItem, index: number, answers: Answers): IngestReceipt {
  if (item.kind === 'rejected') {
    const { errors, eventId, tenantId } = item;
    return { ...UNSTORED, index, outcome: 'REJECTED', eventId, tenantId, errors };
  }
  if (item.kind === 'quarantined') {
    const { tenantId, itemKey, problems: errors } = item.item;
    const { eventId } = item;
    const quarantined = { tenantId: tenantId ?? NO_TENANT, itemKey };
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

import { sql } from 'drizzle-orm';
import type { ItemErrorCode, Problem } from '../../domain/events/problem.ts';
import { insertMany, type WriteRow } from '../database/bulk.ts';
import type { Database, Queries, TenantDatabase } from '../database/database.ts';
import { pipeline } from '../database/pipeline.ts';
import { runFixed } from '../database/statements.ts';
import { toReadColumns } from '../tables/event-row.ts';
import { addToChecksum } from '../tables/log-checksum.ts';
import { events, toOriginColumn } from '../tables/log-tables.ts';
import { PROJECTION_VERSION } from '../tables/projection-tables.ts';
import { analyseEarly } from './analyse-early.ts';
import type { IncomingEvent } from './incoming-event.ts';
import {
  addKnown,
  findKnown,
  findStoredCopy,
  type KnownEvents,
  makeComparable,
  toIdentity,
} from './known-events.ts';
import { projectEvents } from './project-events.ts';
import { insertQuarantined, type QuarantinedItem } from './record-quarantined.ts';

/** The outcome for an incoming event. `position` is that of the event that is in the log. */
export interface RecordedEvent {
  outcome: 'STORED' | 'DUPLICATE' | 'CONFLICT';
  position: number;
}

export const CONFLICT: Problem<ItemErrorCode> = {
  code: 'ID_CONFLICT',
  message:
    'An event with the same source, type, id and envelope but other content is already stored; it stays.',
  path: undefined,
};

/**
 * Stores a batch of one tenant's events and quarantined items: log, projections and head in
 * one transaction. Returns one answer per event, in order; copies within the batch are
 * recognised like copies of stored events. The transaction locks the tenant's head row first,
 * so batches of a tenant run one after another and positions have no gaps.
 */
export async function recordEvents(
  database: Database,
  tenantId: string,
  incoming: readonly IncomingEvent[],
  quarantined: readonly QuarantinedItem[] = [],
): Promise<RecordedEvent[]> {
  const recorded = await database.forTenant(tenantId).write(async (transaction) => {
    if (incoming.length === 0) {
      await insertQuarantined(transaction, quarantined);
      return [];
    }
    const { head, headChecksum, known } = await lockHead(transaction, tenantId, incoming);
    await makeComparable(transaction, tenantId, known);
    const { answers, newHead } = classifyAll(incoming, known, head);
    if (newHead > head)
      await storeNew(transaction, tenantId, incoming, answers, { head: newHead, headChecksum });
    const conflicts = incoming.filter(
      ({ isRetry }, index) => answers[index]?.outcome === 'CONFLICT' && !isRetry,
    );
    // All quarantined rows are written by one statement, after the lock. A transaction that
    // holds such rows therefore waits for nothing else.
    await insertQuarantined(transaction, [...quarantined, ...conflicts.map(toConflict)]);
    return answers;
  });
  const stored = recorded.filter(({ outcome }) => outcome === 'STORED');
  const head = stored.at(-1)?.position;
  if (head === undefined) return recorded;
  database.wakeUps.send(tenantId);
  void analyseEarly(database.acrossTenants, head - stored.length, head);
  return recorded;
}

/**
 * Returns the outcome that each event would have now, without storing anything. `position` is 0 for
 * an event that would be stored.
 */
export async function previewEvents(
  { read, tenantId }: TenantDatabase,
  incoming: readonly IncomingEvent[],
): Promise<RecordedEvent[]> {
  const known = await read(async (queries) => {
    const found = await findKnown(queries, tenantId, incoming);
    await makeComparable(queries, tenantId, found);
    return found;
  });
  return classifyAll(incoming, known, 0).answers;
}

function classifyAll(
  incoming: readonly IncomingEvent[],
  known: KnownEvents,
  head: number,
): { answers: RecordedEvent[]; newHead: number } {
  let newHead = head;
  const answers = incoming.map((copy): RecordedEvent => {
    const { event, eventKey, content } = copy;
    const identity = toIdentity(eventKey, event.typeKey);
    const stored = findStoredCopy(known.get(identity) ?? [], copy);
    if (stored === undefined) {
      newHead += 1;
      addKnown(known, identity, { position: newHead, envelope: event.envelope, content });
      return { outcome: 'STORED', position: newHead };
    }
    const { position, isConflict } = stored;
    return { outcome: isConflict ? 'CONFLICT' : 'DUPLICATE', position };
  });
  return { answers, newHead };
}

/** The newest position of a log, and a checksum of the log. */
interface LogHead {
  head: number;
  headChecksum: number;
}

/**
 * Locks and reads the tenant's head, then finds known events. These are two statements: the
 * second one takes its snapshot after the lock is granted, while a statement that waits for
 * the lock keeps an older one.
 */
async function lockHead(
  transaction: Queries,
  tenantId: string,
  incoming: readonly IncomingEvent[],
): Promise<LogHead & { known: KnownEvents }> {
  const lock = sql`select head, head_checksum from tenants where tenant_id = ${tenantId} for update`;
  const [[row], known] = await pipeline(
    runFixed(transaction, lock),
    findKnown(transaction, tenantId, incoming),
  );
  if (row !== undefined) return { head: Number(row.head), headChecksum: Number(row.head_checksum), known };
  const insert = sql`insert into tenants (tenant_id, head, projection_version)
    values (${tenantId}, 0, ${PROJECTION_VERSION}) on conflict do nothing`;
  await runFixed(transaction, insert);
  return lockHead(transaction, tenantId, incoming);
}

/** Stores the new events. `head` is the new head; `headChecksum` does not include them yet. */
async function storeNew(
  transaction: Queries,
  tenantId: string,
  incoming: readonly IncomingEvent[],
  answers: readonly RecordedEvent[],
  { head, headChecksum }: LogHead,
): Promise<void> {
  const added = incoming.filter((_, index) => answers[index]?.outcome === 'STORED');
  const positions = answers.flatMap(({ outcome, position }) => (outcome === 'STORED' ? [position] : []));
  let checksum = headChecksum;
  const rows = added.map((item, index) => {
    checksum = addToChecksum(checksum, item.eventKey);
    return toEventRow(item, positions[index] ?? 0, checksum);
  });
  const advance = sql`update tenants set head = ${head}, head_checksum = ${checksum} where tenant_id = ${tenantId}`;
  await pipeline(
    insertMany(transaction, events, rows),
    projectEvents(transaction, tenantId, added),
    runFixed(transaction, advance),
  );
}

function toEventRow(
  { event, eventKey, content, rawText, receivedAt, origin }: IncomingEvent,
  position: number,
  logChecksum: number,
) {
  const row: WriteRow<typeof events> = {
    tenantId: event.tenantId,
    position,
    eventKey,
    typeKey: event.typeKey,
    eventId: event.eventId,
    source: event.source,
    receivedAt,
    content,
    raw: rawText,
    origin: toOriginColumn(origin),
    logChecksum,
    // Spread last: V8 is many times slower if properties follow a spread.
    ...toReadColumns(event),
  };
  return row;
}

function toConflict({ event, itemKey, rawText, receivedAt, origin, batchIndex }: IncomingEvent) {
  const { tenantId } = event;
  return { tenantId, itemKey, rawText, receivedAt, origin, batchIndex, problems: [CONFLICT] };
}

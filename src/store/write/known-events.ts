import { sql } from 'drizzle-orm';
import { readEnvelope } from '../../domain/events/envelope.ts';
import { toTypeKey } from '../../domain/events/event-types.ts';
import { isJsonObject, type JsonValue } from '../../domain/values/json.ts';
import { toArrayText } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { isOfTenant, readByKeys } from '../database/lookups.ts';
import { runFixed } from '../database/statements.ts';
import { isComparable, isSameContent, toContent } from '../tables/event-content.ts';
import { events } from '../tables/log-tables.ts';
import type { IncomingEvent } from './incoming-event.ts';

/** The columns of a stored event that a copy is compared with. */
interface KnownEvent {
  position: number;
  envelope: string;
  content: string;
}

/**
 * Stored events that incoming events may be copies of, by identity. One identity may have two
 * stored events: older versions distinguished type names that are one type now, and their rows
 * are kept.
 */
export type KnownEvents = Map<string, KnownEvent[]>;

/** Bodies read by one statement. Each may be as long as the limit of an event. */
const BODIES_AT_ONCE = 16;

/** Returns the identity within a tenant. Event keys have a fixed length. */
export function toIdentity(eventKey: string, typeKey: string): string {
  return eventKey + typeKey;
}

/** Finds the stored events of the same identities. The caller has locked the tenant's head. */
export async function findKnown(
  transaction: Queries,
  tenantId: string,
  incoming: readonly IncomingEvent[],
): Promise<KnownEvents> {
  const keys = new Set(incoming.map(({ eventKey }) => eventKey));
  const rows = await readByKeys(transaction, events, events.eventKey, tenantId, keys, [
    'eventKey',
    'typeKey',
    'typeName',
    'position',
    'envelope',
    'content',
  ]);
  const known: KnownEvents = new Map();
  for (const { eventKey, typeKey, typeName, position, envelope, content } of rows) {
    const event = { position, envelope, content };
    // Under the type key of the row, which no other row may use, and under the type key that
    // this version derives from the type name.
    for (const key of new Set([typeKey, toTypeKey(typeName)]))
      addKnown(known, toIdentity(eventKey, key), event);
  }
  return known;
}

/** Adds an event after the others of its identity. */
export function addKnown(known: KnownEvents, identity: string, event: KnownEvent): void {
  const others = known.get(identity);
  if (others === undefined) known.set(identity, [event]);
  else others.push(event);
}

/**
 * Computes the content of events that older versions stored, from their bodies. An event whose
 * body is pruned has no content, so every copy of it counts as a duplicate.
 */
export async function makeComparable(
  transaction: Queries,
  tenantId: string,
  known: KnownEvents,
): Promise<void> {
  const unread = new Map<number, KnownEvent>();
  for (const event of [...known.values()].flat()) {
    if (!isComparable(event.content)) unread.set(event.position, event);
  }
  const positions = [...unread.keys()];
  for (let from = 0; from < positions.length; from += BODIES_AT_ONCE) {
    const some = positions.slice(from, from + BODIES_AT_ONCE);
    const rows = await runFixed<{ position: unknown; raw: JsonValue }>(
      transaction,
      sql`select position, raw from events where ${isOfTenant(events.tenantId, tenantId)}
          and position = any(${toArrayText(some)}::bigint[])`,
    );
    for (const { position, raw } of rows) {
      const event = unread.get(Number(position));
      if (event !== undefined) event.content = isJsonObject(raw) ? toContent(raw, readEnvelope(raw)) : '';
    }
  }
}

/** Returns the first stored event that a copy agrees with, else the first, as a conflict. */
export function findStoredCopy(
  known: readonly KnownEvent[],
  { event, content }: IncomingEvent,
): { position: number; isConflict: boolean } | undefined {
  const agrees = (other: KnownEvent) =>
    other.envelope !== event.envelope || isSameContent(other.content, content);
  const first = known.toSorted((a, b) => a.position - b.position);
  const stored = first.find(agrees) ?? first[0];
  return stored && { position: stored.position, isConflict: !agrees(stored) };
}

import { sql } from 'drizzle-orm';
import { readEnvelope } from '../../domain/events/envelope.ts';
import { toTypeKey } from '../../domain/events/event-types.ts';
import { isJsonObject, type JsonValue } from '../../domain/values/json.ts';
import { type Queries, runFixed } from '../database/database.ts';
import { isOfTenant, readByKeys, toArrayText } from '../database/recordset.ts';
import { isComparable, isSameContent, toContent } from '../tables/event-content.ts';
import { events } from '../tables/log-tables.ts';
import type { IncomingEvent } from './incoming-event.ts';

/** A stored event, as far as a copy of it is compared with it. */
interface KnownEvent {
  position: number;
  envelope: string;
  content: string;
}

/**
 * The stored events that a batch has copies of, by identity. An identity may have two of them: rows stay as
 * older code stored them, and it may have told apart type names that are one type now.
 */
export type KnownEvents = Map<string, KnownEvent[]>;

/** Bodies read at once; each may be as long as an event may be. */
const BODIES_AT_ONCE = 16;

/** Names an event within its tenant. Event keys have one length, so the pair needs no separator. */
export function toIdentity(eventKey: string, typeKey: string): string {
  return eventKey + typeKey;
}

/** Finds the stored events that incoming ones may be copies of. The tenant's head must be locked. */
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
    // By the key that the row has, which no other row may take, and by the one that its name has now.
    for (const key of new Set([typeKey, toTypeKey(typeName)]))
      addKnown(known, toIdentity(eventKey, key), event);
  }
  return known;
}

/** Adds an event behind those of the same identity. */
export function addKnown(known: KnownEvents, identity: string, event: KnownEvent): void {
  const others = known.get(identity);
  if (others === undefined) known.set(identity, [event]);
  else others.push(event);
}

/**
 * Makes the known events comparable that older code stored: their bodies say what copies are compared by. An
 * event whose body is pruned cannot be compared, so every copy of it counts as the same event.
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

/** Finds the stored event that a copy agrees with, else the one that it is in conflict with. */
export function findStanding(
  known: readonly KnownEvent[],
  { event, content }: IncomingEvent,
): { position: number; isConflict: boolean } | undefined {
  const agrees = (other: KnownEvent) =>
    other.envelope !== event.envelope || isSameContent(other.content, content);
  const first = known.toSorted((a, b) => a.position - b.position);
  const standing = first.find(agrees) ?? first[0];
  return standing && { position: standing.position, isConflict: !agrees(standing) };
}

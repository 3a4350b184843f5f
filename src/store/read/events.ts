import { and, asc, eq, getTableColumns, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { EventType } from '../../domain/events/event-types.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import type { TenantDatabase } from '../database/database.ts';
import { toEventKey } from '../tables/event-key.ts';
import { events, tenants } from '../tables/log-tables.ts';
import { toFinder } from './find-by-keys.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { createReader, type Reader } from './reader.ts';
import { EVENTS } from './subjects/events.ts';

const {
  raw: _raw,
  content: _content,
  sourceKey: _sourceKey,
  typeNameKey: _typeNameKey,
  ...columns
} = getTableColumns(events);

/** The columns that are read for an event. The body is read only if it is selected. */
export const eventColumns = columns;

/**
 * The record of an event. `raw` is set only if a statement needed the body to select the
 * event.
 */
export type EventRecord = Omit<
  typeof events.$inferSelect,
  'raw' | 'content' | 'sourceKey' | 'typeNameKey'
> & { raw?: JsonValue };

/**
 * Selects the events of a tenant that are not pruned. A pruned event keeps its identity and
 * columns, but it is neither listed nor counted nor found, so every event that readers get has its
 * body.
 */
function isKept(tenantId: string): SQL | undefined {
  return and(eq(events.tenantId, tenantId), isNotPruned(tenantId));
}

function isNotPruned(tenantId: string | Placeholder): SQL {
  return sql`${events.position} > (select ${tenants.prunedThrough} from ${tenants} where ${tenants.tenantId} = ${tenantId})`;
}

const reader = createReader<EventRecord>(EVENTS, columns);

/** Lists the events of a tenant that are not pruned, newest position first by default. */
export function toEventListing(
  connection: string,
  database: TenantDatabase,
  args: ListingArguments = {},
): Listing<EventRecord> {
  return reader.toListing(connection, database, args, isNotPruned(database.tenantId));
}

/** The columns of an event's app and run, for lists per app or run. */
export const appOfEvent = events.appId;
export const runOfEvent = events.runId;

/**
 * Filters of subscriptions. They match events in a table that includes pruned ones. Events never
 * change, so only the position is read.
 */
export const eventMatching: Pick<Reader<object>, 'compileFilter' | 'matchTable'> = {
  compileFilter: reader.compileFilter,
  matchTable: { ...reader.matchTable, columns: { position: events.position } },
};

/**
 * Finds an event that is not pruned by its source and id. If several types share them, returns the
 * event stored first.
 */
export async function findEvent(
  database: TenantDatabase,
  { source, eventId }: { source: string; eventId: string },
  type: EventType | undefined,
): Promise<EventRecord | undefined> {
  const [event] = await database.read((queries) =>
    queries
      .select(columns)
      .from(events)
      .where(
        and(
          isKept(database.tenantId),
          eq(events.eventKey, toEventKey(source, eventId)),
          type === undefined ? undefined : eq(events.type, type),
        ),
      )
      .orderBy(asc(events.position))
      .limit(1),
  );
  return event;
}

/** Finds events that are not pruned by their positions. */
export const findEvents = toFinder<number, EventRecord>('events_by_position', {
  ...{ table: events, key: events.position, columns, where: isNotPruned(sql.placeholder('tenantId')) },
});

/** Finds the bodies of events by position; null for pruned events. */
export const findEventBodies = toFinder<number, { position: number; raw: JsonValue | null }>(
  'event_bodies_by_position',
  { table: events, key: events.position, columns: { position: events.position, raw: events.raw } },
);

const findByEventKeys = toFinder<string, EventRecord>('events_by_key', {
  ...{ table: events, key: events.eventKey, columns },
});

/** Returns a name of an event that is unique in its tenant: event key and type key. */
export function toEventName(eventKey: string, typeKey: string): string {
  return `${eventKey}\n${typeKey}`;
}

/**
 * Finds events by their names (`toEventName`), including pruned ones, because a reload refers to
 * its event. Also returns other events with the same source and id.
 */
export function findNamedEvents(database: TenantDatabase, names: readonly string[]): Promise<EventRecord[]> {
  const eventKeys = new Set(names.map((name) => name.split('\n', 1)[0] ?? ''));
  return findByEventKeys(database, [...eventKeys]);
}

/** Returns the key of the reload that an event reports. */
export function reloadKeyOf({ reloadKey, eventKey }: EventRecord): string {
  return reloadKey ?? eventKey;
}

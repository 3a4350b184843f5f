import { and, asc, eq, getTableColumns, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { EventType } from '../../domain/events/event-types.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import type { Database } from '../database/database.ts';
import { toEventKey } from '../tables/event-key.ts';
import { events, tenants } from '../tables/log-tables.ts';
import { compileFilter, type FilterInput } from './filters/filter.ts';
import { eventSubject } from './filters/filter-subjects.ts';
import { toFinder } from './find-by-keys.ts';
import { type KeyedFilter, type MatchTable, toKeyed } from './match-filters.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { type Ordering, toOrder } from './pages/order.ts';
import { byInstant, byInteger } from './pages/terms.ts';

const {
  raw: _raw,
  content: _content,
  sourceKey: _sourceKey,
  typeNameKey: _typeNameKey,
  ...columns
} = getTableColumns(events);

/** The columns of an event as it is read; the body is read only where it is asked for. */
export const eventColumns = columns;

/** An event as it is read, without its body; with it where the body had to be there for the event to be chosen. */
export type EventRecord = Omit<
  typeof events.$inferSelect,
  'raw' | 'content' | 'sourceKey' | 'typeNameKey'
> & { raw?: JsonValue };

/**
 * Events of a tenant that are kept. What remains of a pruned one (its identity, and what is read from it into columns) is no event
 * any more: neither listed nor counted nor found, so each has its body.
 */
function isKept(tenantId: string): SQL | undefined {
  return and(eq(events.tenantId, tenantId), isNotPruned(tenantId));
}

function isNotPruned(tenantId: string | Placeholder): SQL {
  return sql`${events.position} > (select ${tenants.prunedThrough} from ${tenants} where ${tenants.tenantId} = ${tenantId})`;
}

const ordering: Ordering<EventRecord> = {
  fields: {
    POSITION: byInteger(events.position, 'position', false),
    TIME: byInstant(events.time, 'time', false),
  },
  key: [byInteger(events.position, 'position', false)],
  fallback: { field: 'POSITION', direction: 'DESC' },
};

/** The events of a tenant that are kept, newest position first unless wished otherwise. */
export function toEventListing(
  connection: string,
  tenantId: string,
  { where, orderBy }: ListingArguments = {},
): Listing<EventRecord> {
  return {
    connection,
    table: events,
    columns,
    where: and(isKept(tenantId), compileFilter(where, eventSubject)),
    isFixed: !where,
    ...toOrder(ordering, orderBy),
  };
}

/** Tell what an event is about, for listing the events of several. */
export const appOfEvent = events.appId;
export const runOfEvent = events.runId;

/** Compiles a filter for `matchFilters`. Throws BAD_USER_INPUT. */
export function compileEventFilter(where: FilterInput | null | undefined): KeyedFilter | undefined {
  return toKeyed(where, compileFilter(where, eventSubject));
}

/** Events as subscriptions judge them, pruned ones included; they do not change, so nothing more is read of them. */
export const eventMatchTable: MatchTable = {
  table: events,
  key: events.position,
  columns: { position: events.position },
};

/** Finds a kept event by what its producer calls it; of several types the one stored first. */
export async function findEvent(
  database: Database,
  tenantId: string,
  { source, eventId }: { source: string; eventId: string },
  type: EventType | undefined,
): Promise<EventRecord | undefined> {
  const [event] = await database.read((queries) =>
    queries
      .select(columns)
      .from(events)
      .where(
        and(
          isKept(tenantId),
          eq(events.eventKey, toEventKey(source, eventId)),
          type === undefined ? undefined : eq(events.type, type),
        ),
      )
      .orderBy(asc(events.position))
      .limit(1),
  );
  return event;
}

/** Finds kept events by their positions. */
export const findEvents = toFinder<number, EventRecord>('events_by_position', {
  ...{ table: events, key: events.position, columns, where: isNotPruned(sql.placeholder('tenantId')) },
});

/** Finds the bodies of events by their positions; null once pruned. */
export const findEventBodies = toFinder<number, { position: number; raw: JsonValue | null }>(
  'event_bodies_by_position',
  { table: events, key: events.position, columns: { position: events.position, raw: events.raw } },
);

const findByEventKeys = toFinder<string, EventRecord>('events_by_key', {
  ...{ table: events, key: events.eventKey, columns },
});

/** What names an event among all of its tenant: its key, and its type's. */
export function toEventName(eventKey: string, typeKey: string): string {
  return `${eventKey}\n${typeKey}`;
}

/**
 * Finds events by their names (`toEventName`), and others of the same source and id with them. Pruned ones too:
 * a reload has an event.
 */
export function findNamedEvents(
  database: Database,
  tenantId: string,
  names: readonly string[],
): Promise<EventRecord[]> {
  const eventKeys = new Set(names.map((name) => name.split('\n', 1)[0] ?? ''));
  return findByEventKeys(database, tenantId, [...eventKeys]);
}

/** The key of the reload that an event is about. */
export function reloadKeyOf({ reloadKey, eventKey }: EventRecord): string {
  return reloadKey ?? eventKey;
}

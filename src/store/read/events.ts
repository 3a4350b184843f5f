import { and, asc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { type EventType, RELOAD_TYPE_KEY } from '../../domain/event-type.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { Database } from '../database.ts';
import { toTextArray } from '../recordset.ts';
import { events } from '../tables.ts';
import type { Listing } from './list-page.ts';

const { raw: _raw, contentHash: _contentHash, ...columns } = getTableColumns(events);

/** The columns of an event as it is read; the body is read only where it is asked for. */
export const eventColumns = columns;

/** An event as it is read, without its body. */
export type EventRecord = Omit<typeof events.$inferSelect, 'raw' | 'contentHash'>;

/** The events of a tenant, newest position first. */
export function toEventListing(connection: string, tenantId: string, condition?: SQL): Listing<EventRecord> {
  return {
    connection,
    table: events,
    columns,
    where: and(eq(events.tenantId, tenantId), condition),
    order: 'POSITION DESC',
    terms: [
      {
        expression: events.position,
        direction: 'desc',
        nullable: false,
        kind: 'integer',
        valueOf: (event) => event.position,
      },
    ],
  };
}

/** What happened to one app. */
export function toEventsOfApp(tenantId: string, appId: string): Listing<EventRecord> {
  return toEventListing('App.events', tenantId, eq(events.appId, appId));
}

/** What was told of one run. */
export function toEventsOfRun(tenantId: string, runId: string): Listing<EventRecord> {
  return toEventListing('AutomationRun.events', tenantId, eq(events.runId, runId));
}

/** Finds an event by what its producer calls it; of several types the one stored first. */
export async function findEvent(
  database: Database,
  tenantId: string,
  eventKey: string,
  type: EventType | undefined,
): Promise<EventRecord | undefined> {
  const [event] = await database.read((queries) =>
    queries
      .select(columns)
      .from(events)
      .where(
        and(
          eq(events.tenantId, tenantId),
          eq(events.eventKey, eventKey),
          type === undefined ? undefined : eq(events.type, type),
        ),
      )
      .orderBy(asc(events.position))
      .limit(1),
  );
  return event;
}

/** Finds events by their positions, in any order. */
export function findEvents(
  database: Database,
  tenantId: string,
  positions: readonly number[],
): Promise<EventRecord[]> {
  const wanted = sql`${events.position} = any(${toTextArray(positions.map(String))}::bigint[])`;
  return database.read((queries) =>
    queries
      .select(columns)
      .from(events)
      .where(and(eq(events.tenantId, tenantId), wanted))
      .prepare('events_by_position')
      .execute(),
  );
}

/** Finds the bodies of events by their positions, in any order; null once pruned. */
export function findEventBodies(
  database: Database,
  tenantId: string,
  positions: readonly number[],
): Promise<{ position: number; raw: JsonValue | null }[]> {
  const wanted = sql`${events.position} = any(${toTextArray(positions.map(String))}::bigint[])`;
  return database.read((queries) =>
    queries
      .select({ position: events.position, raw: events.raw })
      .from(events)
      .where(and(eq(events.tenantId, tenantId), wanted))
      .prepare('event_bodies_by_position')
      .execute(),
  );
}

/** Finds the events that reloads were read from, by their keys, in any order. */
export function findReloadEvents(
  database: Database,
  tenantId: string,
  eventKeys: readonly string[],
): Promise<EventRecord[]> {
  return database.read((queries) =>
    queries
      .select(columns)
      .from(events)
      .where(
        and(
          eq(events.tenantId, tenantId),
          sql`${events.eventKey} = any(${toTextArray(eventKeys)})`,
          eq(events.typeKey, RELOAD_TYPE_KEY),
        ),
      )
      .prepare('reload_events_by_key')
      .execute(),
  );
}

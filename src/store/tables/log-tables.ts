import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { EventEnvelope } from '../../domain/events/envelope.ts';
import type { EventType } from '../../domain/events/event-types.ts';
import type { IngestOrigin } from '../../domain/events/ingest-origin.ts';
import type { Problem } from '../../domain/events/problem.ts';
import type { NamedKind } from '../../domain/named-kind.ts';
import type { Day } from '../../domain/values/calendar-day.ts';
import { count, idText, instant, jsonText, tenantId } from './columns.ts';

/** Who brought an event or item first. Null means DIRECT, or that an older version stored it. */
const origin = () => text('origin').$type<Exclude<IngestOrigin, 'DIRECT'>>();

/** Returns the value of the column `origin`. */
export function toOriginColumn(value: IngestOrigin): Exclude<IngestOrigin, 'DIRECT'> | undefined {
  return value === 'DIRECT' ? undefined : value;
}

/** The head of each tenant's log. Writers lock this row first, so positions have no gaps. */
export const tenants = pgTable('tenants', {
  tenantId: idText('tenant_id').primaryKey(),
  /** The newest position; 0 before the first event. */
  head: count('head').notNull(),
  /** The newest position whose body has been pruned; 0 if nothing was pruned. */
  prunedThrough: count('pruned_through').notNull().default(0),
  /** The version of the code that wrote the projections (first event, or a rebuild). */
  projectionVersion: integer('projection_version').notNull().default(1),
  /** The checksum of the whole log (`log-checksum.ts`). */
  headChecksum: count('head_checksum').notNull().default(0),
});

/** The log: every event as sent, in the order stored. */
export const events = pgTable(
  'events',
  {
    tenantId: tenantId(),
    position: count('position').notNull(),
    /**
     * Hash of (source, event id), short enough for an index; the identity with the type key.
     */
    eventKey: idText('event_key').notNull(),
    typeKey: idText('type_key').notNull(),
    eventId: idText('event_id').notNull(),
    source: idText('source').notNull(),
    type: text('type').$type<EventType>().notNull(),
    typeName: idText('type_name').notNull(),
    /** Case-folded source and type name; null where `lower()` of the column is equal. */
    sourceKey: idText('source_key'),
    typeNameKey: idText('type_name_key'),
    envelope: text('envelope').$type<EventEnvelope>().notNull(),
    specVersion: text('spec_version'),
    contentType: text('content_type'),
    eventTypeVersion: text('event_type_version'),
    time: instant('time').notNull(),
    receivedAt: instant('received_at').notNull(),
    userId: idText('user_id'),
    ownerId: idText('owner_id'),
    spaceId: idText('space_id'),
    topLevelResourceId: idText('top_level_resource_id'),
    /** The run and the app that the event is about, if any. */
    runId: idText('run_id'),
    appId: idText('app_id'),
    warnings: jsonText('warnings').$type<Problem[]>(),
    /** The content that copies of the event are compared by (`event-content.ts`). */
    content: idText('content_hash').notNull(),
    raw: jsonText('raw'),
    /** The key of the reload; null in rows of older versions, which use the event key. */
    reloadKey: idText('reload_key'),
    origin: origin(),
    /** The checksum of the log up to this event; null in rows of older versions. */
    logChecksum: count('log_checksum'),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.position] }),
    uniqueIndex('events_identity').on(table.tenantId, table.eventKey, table.typeKey),
    index('events_of_run').on(table.tenantId, table.runId, table.position),
    index('events_of_app').on(table.tenantId, table.appId, table.position),
    /** For `CoverageDay.recoveredCount`. Only a backfill writes to it. */
    index('events_recovered').on(table.tenantId, table.time).where(sql`origin = 'BACKFILL'`),
  ],
);

/** Items that could not be stored as events. The tenant is '' if the item names none. */
export const quarantine = pgTable(
  'quarantine',
  {
    tenantId: tenantId(),
    /** Hash of the item's JSON text, so equal items are stored once. */
    itemKey: idText('item_key').notNull(),
    receivedAt: instant('received_at').notNull(),
    problems: jsonText('problems').$type<Problem[]>().notNull(),
    raw: jsonText('raw').notNull(),
    /** Index in the batch: the order of arrival among items with the same `receivedAt`. */
    batchIndex: integer('batch_index').notNull().default(0),
    /** A retry stores the event with it. */
    origin: origin(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.itemKey] }),
    index('quarantine_by_arrival').on(table.tenantId, table.receivedAt, table.batchIndex, table.itemKey),
  ],
);

/** The days that were compared with Qlik's audit log. No pruning deletes them. */
export const coverage = pgTable(
  'coverage',
  {
    tenantId: tenantId(),
    /** A UTC day of event times: `2026-11-28`. */
    date: idText('date').$type<Day>().notNull(),
    checkedAt: instant('checked_at').notNull(),
    upstreamCount: count('upstream_count').notNull(),
    storedCount: count('stored_count').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.date] })],
);

/** A day of a tenant that was compared with Qlik's audit log. */
export type CoverageDay = Omit<typeof coverage.$inferSelect, 'tenantId'>;

/**
 * The names that `setNames` gave to ids of events, which name nothing themselves. They are joined
 * when they are read. No pruning and no rebuild deletes them.
 */
export const names = pgTable(
  'names',
  {
    tenantId: tenantId(),
    kind: idText('kind').$type<NamedKind>().notNull(),
    id: idText('id').notNull(),
    name: text('name').notNull(),
    /** The case-folded name, used for sorting and searching automations. */
    nameKey: idText('name_key').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.kind, table.id] })],
);

import { index, integer, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { EventEnvelope } from '../../domain/events/envelope.ts';
import type { EventType } from '../../domain/events/event-types.ts';
import type { Problem } from '../../domain/events/problem.ts';
import { count, idText, instant, jsonText, tenantId } from './columns.ts';

/** The head of each tenant's log; locked first by whoever writes, so positions are gapless and visible in order. */
export const tenants = pgTable('tenants', {
  tenantId: idText('tenant_id').primaryKey(),
  /** The newest position; 0 before the first event. */
  head: count('head').notNull(),
  /** The newest position whose raw body is gone; 0 while everything is kept. */
  prunedThrough: count('pruned_through').notNull().default(0),
  /** The version of the code that made the projections: of the first event, or of the last rebuild. */
  projectionVersion: integer('projection_version').notNull().default(1),
});

/** The log: every event as sent, in the order stored. */
export const events = pgTable(
  'events',
  {
    tenantId: tenantId(),
    position: count('position').notNull(),
    /** Hash of (source, event id); with the type key the event's identity, short enough for any index. */
    eventKey: idText('event_key').notNull(),
    typeKey: idText('type_key').notNull(),
    eventId: idText('event_id').notNull(),
    source: idText('source').notNull(),
    type: text('type').$type<EventType>().notNull(),
    typeName: idText('type_name').notNull(),
    /** Source and type name folded for case, where that is not what lower() makes of their ASCII letters. */
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
    /** What the event is about, where it was read. */
    runId: idText('run_id'),
    appId: idText('app_id'),
    warnings: jsonText('warnings').$type<Problem[]>(),
    /** What copies of the event are compared by (`event-content.ts`). */
    content: idText('content_hash').notNull(),
    raw: jsonText('raw'),
    /** The key of the reload; null where older code stored the event, whose reload has the event's key. */
    reloadKey: idText('reload_key'),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.position] }),
    uniqueIndex('events_identity').on(table.tenantId, table.eventKey, table.typeKey),
    index('events_of_run').on(table.tenantId, table.runId, table.position),
    index('events_of_app').on(table.tenantId, table.appId, table.position),
  ],
);

/** What arrived and could not be stored as an event; the tenant is '' where none could be read. */
export const quarantine = pgTable(
  'quarantine',
  {
    tenantId: tenantId(),
    /** Hash of the bytes: the same bytes are kept once. */
    itemKey: idText('item_key').notNull(),
    receivedAt: instant('received_at').notNull(),
    problems: jsonText('problems').$type<Problem[]>().notNull(),
    raw: jsonText('raw').notNull(),
    /** The item's place in the batch that it came with: of one moment the order of arrival. */
    batchIndex: integer('batch_index').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.itemKey] }),
    index('quarantine_by_arrival').on(table.tenantId, table.receivedAt, table.batchIndex, table.itemKey),
  ],
);

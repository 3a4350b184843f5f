import { type SQLWrapper, sql } from 'drizzle-orm';
import { events } from '../../tables/log-tables.ts';
import { defineSubject } from './subject.ts';

/**
 * A case-folded text. The key column is null if `lower()` gives the same text under the "C"
 * collation.
 */
const orLower = (key: SQLWrapper, column: SQLWrapper) => sql`coalesce(${key}, lower(${column}))`;

export const EVENTS = defineSubject({
  name: 'Event',
  plural: 'events',
  table: events,
  key: ['position'],
  fallback: { field: 'POSITION', direction: 'DESC' },
  fields: {
    type: { kind: 'word', enum: 'EventType', filter: 'the type of the event' },
    typeName: {
      kind: 'text',
      folded: orLower(events.typeNameKey, events.typeName),
      filter: 'the name of the type as sent',
    },
    source: {
      kind: 'text',
      folded: orLower(events.sourceKey, events.source),
      filter: 'the source of the event as sent',
    },
    position: {
      kind: 'integer',
      order: ['POSITION', 'position in the log: the order in which events were stored'],
    },
    time: { kind: 'instant', filter: 'when the event happened', order: ['TIME', 'when the event happened'] },
    receivedAt: { kind: 'instant', filter: 'when the event was received' },
    userId: { kind: 'id', filter: "the Qlik id of the event's user" },
    ownerId: { kind: 'id', filter: "the Qlik id of the resource's owner" },
    spaceId: { kind: 'id', filter: "the Qlik id of the resource's space" },
    topLevelResourceId: { kind: 'id', filter: 'the Qlik id of the resource' },
  },
});

import { type EventType, toEntry } from '../../domain/events/event-types.ts';
import type { EventRecord } from '../../store/read/events.ts';
import { builder } from '../builder.ts';

/** Declared apart from its fields, as problems, events and their subjects refer to one another. */
export const EventRef = builder.interfaceRef<EventRecord>('Event');

/** The name of the object type of a stored event. */
export function toEventTypeName({ type }: EventRecord): string {
  return toEntry(type as EventType).objectName;
}

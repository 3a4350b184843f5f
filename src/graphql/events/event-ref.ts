import type { EventType } from '../../domain/events/event-type.ts';
import type { EventRecord } from '../../store/read/events.ts';
import { builder } from '../builder.ts';

/** Declared apart from its fields: problems, events and what they are about refer to one another. */
export const EventRef = builder.interfaceRef<EventRecord>('Event');

/** The object type of each event type. */
export const EVENT_TYPE_NAMES: Record<EventType, string> = {
  AUTOMATION_RUN_ENDED: 'AutomationRunEndedEvent',
  APP_CREATED: 'AppCreatedEvent',
  APP_DELETED: 'AppDeletedEvent',
  APP_DATA_UPDATED: 'AppDataUpdatedEvent',
  APP_EXPORTED: 'AppExportedEvent',
  APP_PUBLISHED: 'AppPublishedEvent',
  APP_RELOAD_FINISHED: 'AppReloadFinishedEvent',
  OTHER: 'OtherEvent',
};

/** The name of the object type that a stored event has. */
export function toEventTypeName({ type }: EventRecord): string {
  return EVENT_TYPE_NAMES[type as EventType];
}

import { type EventReader, readAppFacts, readNothing, readReloadFacts, readRunFacts } from './read-facts.ts';

/**
 * The catalogue of event types: one entry contains everything that the service knows about a
 * type. All other modules derive their lists, GraphQL object types and descriptions from this
 * file. An incomplete entry does not compile.
 */
interface EventTypeEntry {
  /** The names without `com.qlik.`, version and namespace. Each is a type key. */
  names: readonly string[];
  /** The subjects of the events. The GraphQL object type has a field for each. */
  about: readonly EventSubject[];
  read: EventReader;
  /** Members of the payload that replace a missing event time; the first readable one wins. */
  ownTimes: readonly string[];
  /** Name of the GraphQL object type. */
  objectName: `${string}Event`;
  /** Description of the GraphQL object type. */
  description: string;
}

export type EventSubject = 'run' | 'app' | 'reload';

export const EVENT_CATALOGUE = {
  AUTOMATION_RUN_ENDED: {
    names: ['automation.run.ended'],
    about: ['run'],
    read: readRunFacts,
    ownTimes: ['stopTime', 'updatedAt'],
    objectName: 'AutomationRunEndedEvent',
    description: 'An automation run has ended.',
  },
  APP_CREATED: {
    names: ['app.created'],
    about: ['app'],
    read: readAppFacts('createdEventAt'),
    ownTimes: ['modifiedDate'],
    objectName: 'AppCreatedEvent',
    description: 'An app was created.',
  },
  APP_DELETED: {
    names: ['app.deleted', 'app.softdeleted', 'app.harddeleted'],
    about: ['app'],
    read: readAppFacts('deletedAt'),
    ownTimes: ['modifiedDate'],
    objectName: 'AppDeletedEvent',
    description: 'An app was deleted.',
  },
  APP_DATA_UPDATED: {
    names: ['app.data.updated'],
    about: ['app'],
    read: readAppFacts(undefined),
    ownTimes: ['modifiedDate'],
    objectName: 'AppDataUpdatedEvent',
    description: "An app's data was updated.",
  },
  APP_EXPORTED: {
    names: ['app.exported'],
    about: ['app'],
    read: readAppFacts('lastExportedAt'),
    ownTimes: ['modifiedDate'],
    objectName: 'AppExportedEvent',
    description: 'An app was exported.',
  },
  APP_PUBLISHED: {
    names: ['app.published'],
    about: ['app'],
    read: readAppFacts('publishedEventAt'),
    ownTimes: ['modifiedDate'],
    objectName: 'AppPublishedEvent',
    description: 'An app was published.',
  },
  APP_RELOAD_FINISHED: {
    names: ['app.reload.finished', 'app.reload.ended'],
    about: ['app', 'reload'],
    read: readReloadFacts,
    ownTimes: ['endTime'],
    objectName: 'AppReloadFinishedEvent',
    description: 'A reload of an app has finished.',
  },
  OTHER: {
    names: [],
    about: [],
    read: readNothing,
    ownTimes: [],
    objectName: 'OtherEvent',
    description:
      'A type that this version does not model. The event is stored and listed like every other. A later version may model the type.',
  },
} as const satisfies Record<string, EventTypeEntry>;

/** A type that this version models, or OTHER. */
export type EventType = keyof typeof EVENT_CATALOGUE;

/** All types, in the order of the GraphQL enum. */
export const EVENT_TYPES = Object.keys(EVENT_CATALOGUE) as readonly EventType[];

/** Returns the entry of a type. */
export function toEntry(type: EventType): EventTypeEntry {
  return EVENT_CATALOGUE[type];
}

const TYPE_OF_KEY: ReadonlyMap<string, EventType> = new Map(
  EVENT_TYPES.flatMap((type) => toEntry(type).names.map((name) => [name, type])),
);

const NAMES_OF_QLIK = /^com\.qlik\.(?:v1\.)?(?:(?:ai|analytics|core|data-governance|workflows)\.)?(?=.)/;

/**
 * Returns the type key of an event's identity: the name without `com.qlik.`, version and
 * namespace. `com.qlik.v1.app.created`, `com.qlik.app.created` and
 * `com.qlik.analytics.app.created` have the key `app.created`. The rule also applies to Qlik's
 * types that are not modelled. `com.qlik.v2.app.created` has the key `v2.app.created`, because
 * `v2.` is no known version.
 *
 * A name that does not begin with `com.qlik.` is its own key. A foreign name that equals a
 * modelled key (`app.created`) gets the key `/app.created`, which separates it from Qlik's
 * events.
 */
export function toTypeKey(typeName: string): string {
  const key = typeName.replace(NAMES_OF_QLIK, '');
  return key === typeName && TYPE_OF_KEY.has(key) ? `/${key}` : key;
}

/** Returns the modelled type of a type key; OTHER for every other key. */
export function toEventType(typeKey: string): EventType {
  return TYPE_OF_KEY.get(typeKey) ?? 'OTHER';
}

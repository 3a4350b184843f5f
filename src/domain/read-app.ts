import type { AppFacts } from './app.ts';
import type { EventType } from './event-type.ts';
import type { Instant } from './instant.ts';
import type { JsonObject, JsonValue, Place } from './json.ts';
import { isId } from './text.ts';
import type { ValueReader } from './value-reader.ts';

/** What the envelope contributes to an app. */
export interface AppEnvelope {
  type: EventType;
  time: Instant;
  ownerId: string | undefined;
  spaceId: string | undefined;
  topLevelResourceId: string | undefined;
}

/** Keys that have a typed field of their own, and so are no extra attributes. */
const OWN_FIELDS = new Set([
  'id',
  'appId',
  'name',
  'description',
  'owner',
  'ownerId',
  'spaceId',
  'dynamicColor',
  'published',
  'publishTime',
  'hasSectionAccess',
  'originAppId',
  'createdDate',
  'modifiedDate',
  'lastReloadTime',
  'size',
  'attributes',
]);

/**
 * The id of the app that an event is about: `data.attributes.id`, else `data.id`, else `data.appId`, else the top-level
 * resource (facts, "Types"). An id elsewhere that differs leaves a warning.
 */
export function readAppId(
  reader: ValueReader,
  data: Place,
  attributes: Place | undefined,
  resourceId: string | undefined,
): string | undefined {
  const appId =
    (attributes && reader.id(attributes, 'id')) ??
    reader.id(data, 'id') ??
    reader.id(data, 'appId') ??
    resourceId;
  if (isId(resourceId) && appId !== resourceId) {
    reader.warn('RESOURCE_MISMATCH', 'data and the top-level resource id name different apps.', data.path);
  }
  return appId;
}

/** Reads what an event other than a reload says of its app: nested attributes (older) or flat data (newer). */
export function readApp(
  reader: ValueReader,
  data: Place,
  attributes: Place | undefined,
  envelope: AppEnvelope,
): AppFacts {
  const place = attributes ?? data;
  const size = reader.object(place, 'size') ?? (attributes && reader.object(data, 'size'));
  const is = (type: EventType) => (envelope.type === type ? envelope.time : undefined);
  return {
    name: reader.text(place, 'name'),
    description: reader.text(place, 'description'),
    owner: reader.text(place, 'owner'),
    ownerId: reader.id(place, 'ownerId') ?? envelope.ownerId,
    spaceId: reader.id(place, 'spaceId') ?? envelope.spaceId,
    dynamicColor: reader.text(place, 'dynamicColor'),
    published: reader.flag(place, 'published'),
    publishTime: reader.instant(place, 'publishTime'),
    hasSectionAccess: reader.flag(place, 'hasSectionAccess'),
    originAppId: reader.id(place, 'originAppId'),
    createdDate: reader.instant(place, 'createdDate'),
    modifiedDate: reader.instant(place, 'modifiedDate'),
    fileBytes: size && reader.count(size, 'file'),
    memoryBytes: size && reader.count(size, 'memory'),
    lastReloadTime: reader.instant(place, 'lastReloadTime'),
    lastExportedAt: is('APP_EXPORTED'),
    publishedEventAt: is('APP_PUBLISHED'),
    deletedAt: is('APP_DELETED'),
    createdEventAt: is('APP_CREATED'),
    lastEventAt: envelope.time,
    extraAttributes: toExtraAttributes(place.object),
  };
}

/** What a reload says of its app: its name, the time of the reload and the size in memory. */
export function toReloadedApp(
  envelope: AppEnvelope,
  reload: { appName: string | undefined; endTime: Instant | undefined; memoryBytes: number | undefined },
  fileBytes: number | undefined,
): AppFacts {
  return {
    name: reload.appName,
    description: undefined,
    owner: undefined,
    ownerId: envelope.ownerId,
    spaceId: envelope.spaceId,
    dynamicColor: undefined,
    published: undefined,
    publishTime: undefined,
    hasSectionAccess: undefined,
    originAppId: undefined,
    createdDate: undefined,
    modifiedDate: undefined,
    fileBytes,
    memoryBytes: reload.memoryBytes,
    lastReloadTime: reload.endTime,
    lastExportedAt: undefined,
    publishedEventAt: undefined,
    deletedAt: undefined,
    createdEventAt: undefined,
    lastEventAt: envelope.time,
    extraAttributes: new Map(),
  };
}

function toExtraAttributes(attributes: JsonObject): Map<string, JsonValue> {
  const extra = Object.entries(attributes).filter(
    ([key, value]) => !OWN_FIELDS.has(key) && value !== null && value !== '',
  );
  return new Map(extra.sort(([a], [b]) => (a < b ? -1 : 1)));
}

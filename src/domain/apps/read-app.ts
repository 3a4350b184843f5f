import type { Instant } from '../values/instant.ts';
import { isNone, type JsonObject, type JsonValue, type Place } from '../values/json.ts';
import { isId } from '../values/text.ts';
import type { ValueReader } from '../values/value-reader.ts';
import type { AppFacts } from './app.ts';

/** What the envelope contributes to an app. */
export interface AppEnvelope {
  time: Instant;
  ownerId: string | undefined;
  spaceId: string | undefined;
  topLevelResourceId: string | undefined;
}

/** A fact whose value is the time of the event that states it. */
export type AppMark = 'createdEventAt' | 'deletedAt' | 'lastExportedAt' | 'publishedEventAt';

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

/**
 * Reads what an event other than a reload says about its app: per field nested attributes (older), else flat
 * data (newer). `mark` is the fact that takes the event's time.
 */
export function readApp(
  reader: ValueReader,
  data: Place,
  attributes: Place | undefined,
  envelope: AppEnvelope,
  mark: AppMark | undefined,
): AppFacts {
  const at = (key: string) =>
    attributes === undefined || isNone(attributes.object[key]) ? data : attributes;
  const size = reader.object(at('size'), 'size');
  const timeOf = (fact: AppMark) => (fact === mark ? envelope.time : undefined);
  return {
    name: reader.text(at('name'), 'name'),
    description: reader.text(at('description'), 'description'),
    owner: reader.text(at('owner'), 'owner'),
    ownerId: reader.id(at('ownerId'), 'ownerId') ?? envelope.ownerId,
    spaceId: reader.id(at('spaceId'), 'spaceId') ?? envelope.spaceId,
    dynamicColor: reader.text(at('dynamicColor'), 'dynamicColor'),
    published: reader.flag(at('published'), 'published'),
    publishTime: reader.instant(at('publishTime'), 'publishTime'),
    hasSectionAccess: reader.flag(at('hasSectionAccess'), 'hasSectionAccess'),
    originAppId: reader.id(at('originAppId'), 'originAppId'),
    createdDate: reader.instant(at('createdDate'), 'createdDate'),
    modifiedDate: reader.instant(at('modifiedDate'), 'modifiedDate'),
    fileBytes: size && reader.count(size, 'file'),
    memoryBytes: size && reader.count(size, 'memory'),
    lastReloadTime: reader.instant(at('lastReloadTime'), 'lastReloadTime'),
    lastExportedAt: timeOf('lastExportedAt'),
    publishedEventAt: timeOf('publishedEventAt'),
    deletedAt: timeOf('deletedAt'),
    createdEventAt: timeOf('createdEventAt'),
    lastEventAt: envelope.time,
    extraAttributes: toExtraAttributes((attributes ?? data).object),
  };
}

/** What a reload says about its app: its name, space, the time of the reload and its sizes. */
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
    ([key, value]) => !OWN_FIELDS.has(key) && !isNoAttribute(value),
  );
  return new Map(extra.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** JSON parsing makes a number beyond all doubles Infinity, and writing that makes it null: none, as the log will tell it. */
function isNoAttribute(value: JsonValue): boolean {
  return isNone(value) || (typeof value === 'number' && !Number.isFinite(value));
}

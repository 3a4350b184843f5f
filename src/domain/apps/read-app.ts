import type { Instant } from '../values/instant.ts';
import { isNone, type JsonObject, type JsonValue, type Place } from '../values/json.ts';
import { isId } from '../values/text.ts';
import type { ValueReader } from '../values/value-reader.ts';
import type { AppFacts } from './app.ts';

/** Fields of the envelope that an app's facts fall back to. */
export interface AppEnvelope {
  time: Instant;
  ownerId: string | undefined;
  spaceId: string | undefined;
  topLevelResourceId: string | undefined;
}

/** A field whose value is the time of the event. */
export type AppMark = 'createdEventAt' | 'deletedAt' | 'lastExportedAt' | 'publishedEventAt';

/** Keys with a typed field. All other keys are extra attributes. */
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
 * Returns the id of the app that an event is about: `data.attributes.id`, else `data.id`, else
 * `data.appId`, else the top-level resource. Warns if the top-level resource differs.
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
 * Reads the facts of an event, other than a reload, about its app. Each field is read from
 * nested attributes (older events), else from flat data (newer events). `mark` names the field
 * that takes the time of the event.
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

/** Returns the facts of a reload about its app: name, space, time of the reload and sizes. */
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

/**
 * JSON.parse turns a number beyond the range of doubles into Infinity, and JSON.stringify
 * writes that as null. It counts as absent, so a rebuild reads the same from the log.
 */
function isNoAttribute(value: JsonValue): boolean {
  return isNone(value) || (typeof value === 'number' && !Number.isFinite(value));
}

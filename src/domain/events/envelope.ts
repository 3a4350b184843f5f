import {
  isJsonObject,
  isNone,
  type JsonObject,
  type JsonValue,
  type Place,
  toPointer,
} from '../values/json.ts';

/** The four envelopes in which Qlik sends events. */
export const EVENT_ENVELOPES = ['CLOUDEVENTS_1_0', 'LEGACY_0_1', 'HYBRID', 'AUDIT'] as const;
export type EventEnvelope = (typeof EVENT_ENVELOPES)[number];

/** A value of the envelope with its object, its key, and its path as a JSON Pointer. */
export interface Located {
  place: Place;
  key: string;
  value: JsonValue | undefined;
  path: string;
}

/** The envelope's unchecked values as sent, each with its place. */
export interface EnvelopeFields {
  envelope: EventEnvelope;
  specVersion: Located;
  id: Located;
  source: Located;
  type: Located;
  time: Located;
  contentType: Located;
  typeVersion: Located;
  tenantId: Located;
  userId: Located;
  ownerId: Located;
  spaceId: Located;
  topLevelResourceId: Located;
}

type Paths = Record<Exclude<keyof EnvelopeFields, 'envelope'>, readonly string[]>;

const CLOUDEVENTS: Paths = {
  specVersion: ['specversion'],
  id: ['id'],
  source: ['source'],
  type: ['type'],
  time: ['time'],
  contentType: ['datacontenttype'],
  typeVersion: ['eventTypeVersion'],
  tenantId: ['tenantid'],
  userId: ['userid'],
  ownerId: ['ownerid'],
  spaceId: ['spaceid'],
  topLevelResourceId: ['toplevelresourceid'],
};

const LEGACY: Paths = {
  specVersion: ['cloudEventsVersion'],
  id: ['eventId', 'eventID'],
  source: ['source'],
  type: ['eventType'],
  time: ['eventTime'],
  contentType: ['contentType', 'contenttype'],
  typeVersion: ['eventTypeVersion'],
  tenantId: ['extensions/tenantId'],
  userId: ['extensions/userId'],
  ownerId: ['extensions/ownerId'],
  spaceId: ['extensions/spaceId'],
  topLevelResourceId: ['extensions/topLevelResourceId'],
};

const AUDIT: Paths = {
  ...LEGACY,
  specVersion: [],
  tenantId: ['tenantId'],
  userId: ['userId', 'extensions/userId'],
};

/** In a hybrid, the CloudEvents keys take precedence over the legacy keys. */
const HYBRID = { ...CLOUDEVENTS };
for (const [name, paths] of Object.entries(LEGACY)) {
  const key = name as keyof Paths;
  if (key !== 'specVersion') HYBRID[key] = [...new Set([...CLOUDEVENTS[key], ...paths])];
}

const PATHS: Record<EventEnvelope, Paths> = {
  CLOUDEVENTS_1_0: CLOUDEVENTS,
  LEGACY_0_1: LEGACY,
  HYBRID,
  AUDIT,
};

/** `specversion` and one of these make a hybrid. */
const LEGACY_MARKS = ['eventId', 'eventID', 'eventType', 'cloudEventsVersion'];

/** `id` and `type` without one of these make a CloudEvent, even without `specversion`. */
const LEGACY_IDENTITY = ['eventId', 'eventID', 'eventType'];

/** Recognises the envelope of an event by its keys. */
export function toEnvelope(raw: JsonObject): EventEnvelope {
  const has = (key: string) => !isNone(raw[key]);
  const isCloudEvent = has('specversion') || (has('id') && has('type') && !LEGACY_IDENTITY.some(has));
  if (isCloudEvent) return LEGACY_MARKS.some(has) ? 'HYBRID' : 'CLOUDEVENTS_1_0';
  return has('tenantId') && has('eventType') ? 'AUDIT' : 'LEGACY_0_1';
}

/** Returns whether an object is a whole event by its keys, which no payload has. */
export function isEvent(object: JsonObject): boolean {
  const has = (key: string) => !isNone(object[key]);
  if (has('specversion') || has('cloudEventsVersion')) return true;
  if (has('eventType') && (has('eventId') || has('eventID'))) return true;
  return has('id') && has('type') && has('source');
}

/** Reads the envelope's fields. The first place with a value is used, else the first place. */
export function readEnvelope(raw: JsonObject): EnvelopeFields {
  const envelope = toEnvelope(raw);
  const fields = Object.entries(PATHS[envelope]).map(([name, paths]) => [name, locate(raw, paths)]);
  return { envelope, ...(Object.fromEntries(fields) as Omit<EnvelopeFields, 'envelope'>) };
}

function locate(raw: JsonObject, paths: readonly string[]): Located {
  let first: Located | undefined;
  for (const path of paths) {
    const located = locateOne(raw, path);
    if (!isNone(located.value)) return located;
    first ??= located;
  }
  return first ?? { place: { object: {}, path: '' }, key: '', value: undefined, path: '' };
}

function locateOne(raw: JsonObject, path: string): Located {
  const [first = '', second] = path.split('/');
  if (second === undefined)
    return { place: { object: raw, path: '' }, key: first, value: raw[first], path: `/${first}` };
  const child = raw[first];
  const place = { object: isJsonObject(child) ? child : {}, path: `/${first}` };
  return { place, key: second, value: place.object[second], path: toPointer(place.path, second) };
}

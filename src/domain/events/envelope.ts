import {
  isJsonObject,
  isNone,
  type JsonObject,
  type JsonValue,
  type Place,
  toPointer,
} from '../values/json.ts';

/** The four outer shapes in which Qlik sends the same event (facts, "Four envelopes, one event"). */
export const EVENT_ENVELOPES = ['CLOUDEVENTS_1_0', 'LEGACY_0_1', 'HYBRID', 'AUDIT'] as const;
export type EventEnvelope = (typeof EVENT_ENVELOPES)[number];

/** A value of the envelope and its place: object, key, and the whole path as a JSON Pointer. */
export interface Located {
  place: Place;
  key: string;
  value: JsonValue | undefined;
  path: string;
}

/** The envelope's values as sent, each with its place; nothing is checked yet. */
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

/** In a hybrid the CloudEvents keys win; the legacy keys fill what they leave out. */
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

/** `specversion` together with one of these makes a hybrid. */
const LEGACY_MARKS = ['eventId', 'eventID', 'eventType', 'cloudEventsVersion'];

/** `id` and `type` without one of these are a CloudEvent, even where `specversion` is missing. */
const LEGACY_IDENTITY = ['eventId', 'eventID', 'eventType'];

/** Recognises the envelope of an event by its keys (contract, fine print "Envelopes"). */
export function toEnvelope(raw: JsonObject): EventEnvelope {
  const has = (key: string) => !isNone(raw[key]);
  const isCloudEvent = has('specversion') || (has('id') && has('type') && !LEGACY_IDENTITY.some(has));
  if (isCloudEvent) return LEGACY_MARKS.some(has) ? 'HYBRID' : 'CLOUDEVENTS_1_0';
  return has('tenantId') && has('eventType') ? 'AUDIT' : 'LEGACY_0_1';
}

/** Tells by its keys whether an object is a whole event, in any envelope. A payload has other keys. */
export function isEvent(object: JsonObject): boolean {
  const has = (key: string) => !isNone(object[key]);
  if (has('specversion') || has('cloudEventsVersion')) return true;
  if (has('eventType') && (has('eventId') || has('eventID'))) return true;
  return has('id') && has('type') && has('source');
}

/** Finds the envelope's fields. Of several places it takes the first with a value, else the first. */
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

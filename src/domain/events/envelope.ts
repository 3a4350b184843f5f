import { isJsonObject, isNone, type JsonObject, type JsonValue, type Place } from '../values/json.ts';

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

/** A key of the event, or of an object inside it (`parent`). */
interface KeyPath {
  parent: string | undefined;
  key: string;
  /** As a JSON Pointer. */
  pointer: string;
}

/** Where a field may be, the preferred place first. Each text is a key, or `parent/key`. */
function at(...texts: string[]): readonly KeyPath[] {
  return texts.map((text) => {
    const [first = '', second] = text.split('/');
    const [parent, key] = second === undefined ? [undefined, first] : [first, second];
    return { parent, key, pointer: `/${text}` };
  });
}

type Paths = Record<Exclude<keyof EnvelopeFields, 'envelope'>, readonly KeyPath[]>;

const CLOUDEVENTS: Paths = {
  specVersion: at('specversion'),
  id: at('id'),
  source: at('source'),
  type: at('type'),
  time: at('time'),
  contentType: at('datacontenttype'),
  typeVersion: at('eventTypeVersion'),
  tenantId: at('tenantid'),
  userId: at('userid'),
  ownerId: at('ownerid'),
  spaceId: at('spaceid'),
  topLevelResourceId: at('toplevelresourceid'),
};

const LEGACY: Paths = {
  specVersion: at('cloudEventsVersion'),
  id: at('eventId', 'eventID'),
  source: at('source'),
  type: at('eventType'),
  time: at('eventTime'),
  contentType: at('contentType', 'contenttype'),
  typeVersion: at('eventTypeVersion'),
  tenantId: at('extensions/tenantId'),
  userId: at('extensions/userId'),
  ownerId: at('extensions/ownerId'),
  spaceId: at('extensions/spaceId'),
  topLevelResourceId: at('extensions/topLevelResourceId'),
};

const AUDIT: Paths = {
  ...LEGACY,
  specVersion: at(),
  tenantId: at('tenantId'),
  userId: at('userId', 'extensions/userId'),
};

/** In a hybrid, the CloudEvents keys take precedence over the legacy keys. */
const HYBRID = { ...CLOUDEVENTS };
for (const [name, paths] of Object.entries(LEGACY)) {
  const key = name as keyof Paths;
  if (key !== 'specVersion') HYBRID[key] = [...CLOUDEVENTS[key], ...paths];
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
  const paths = PATHS[envelope];
  const root: Place = { object: raw, path: '' };
  // Written out, because every event passes here, and computed keys are several times slower.
  return {
    envelope,
    specVersion: locate(root, paths.specVersion),
    id: locate(root, paths.id),
    source: locate(root, paths.source),
    type: locate(root, paths.type),
    time: locate(root, paths.time),
    contentType: locate(root, paths.contentType),
    typeVersion: locate(root, paths.typeVersion),
    tenantId: locate(root, paths.tenantId),
    userId: locate(root, paths.userId),
    ownerId: locate(root, paths.ownerId),
    spaceId: locate(root, paths.spaceId),
    topLevelResourceId: locate(root, paths.topLevelResourceId),
  };
}

const NOWHERE: Located = { place: { object: {}, path: '' }, key: '', value: undefined, path: '' };

function locate(root: Place, paths: readonly KeyPath[]): Located {
  let first: Located | undefined;
  for (const path of paths) {
    const located = locateOne(root, path);
    if (!isNone(located.value)) return located;
    first ??= located;
  }
  return first ?? NOWHERE;
}

function locateOne(root: Place, { parent, key, pointer }: KeyPath): Located {
  const place = parent === undefined ? root : toChild(root, parent);
  return { place, key, value: place.object[key], path: pointer };
}

function toChild({ object }: Place, key: string): Place {
  const child = object[key];
  return { object: isJsonObject(child) ? child : {}, path: `/${key}` };
}

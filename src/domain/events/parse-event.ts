import type { Instant } from '../values/instant.ts';
import { isNone, type JsonObject } from '../values/json.ts';
import { isId } from '../values/text.ts';
import { ValueReader } from '../values/value-reader.ts';
import { toDeliveryRecordProblem } from './delivery-record.ts';
import { type EnvelopeFields, type EventEnvelope, type Located, readEnvelope } from './envelope.ts';
import { type EventType, toEntry, toEventType, toTypeKey } from './event-types.ts';
import type { ItemErrorCode, Problem, WarningCode } from './problem.ts';
import { readEventTime } from './read-event-time.ts';
import type { EventFacts } from './read-facts.ts';
import { readPayload } from './read-payload.ts';

/** The identity of an event within its tenant. `typeKey` lacks namespace and version. */
export interface EventIdentity {
  source: string;
  typeKey: string;
  eventId: string;
}

/** One event, read from any of the four envelopes. */
export interface ParsedEvent extends EventIdentity {
  tenantId: string;
  type: EventType;
  /** The type as sent. */
  typeName: string;
  envelope: EventEnvelope;
  specVersion: string | undefined;
  contentType: string | undefined;
  eventTypeVersion: string | undefined;
  time: Instant;
  userId: string | undefined;
  ownerId: string | undefined;
  spaceId: string | undefined;
  topLevelResourceId: string | undefined;
  warnings: Problem<WarningCode>[];
  /** The facts about runs, automations, apps and reloads. */
  facts: EventFacts;
}

/** An event, or the errors of another object and the readable parts of its identity. */
export type EventReading =
  | { kind: 'event'; event: ParsedEvent; fields: EnvelopeFields }
  | {
      kind: 'unusable';
      errors: Problem<ItemErrorCode>[];
      eventId: string | undefined;
      tenantId: string | undefined;
    };

/**
 * Parses an event as sent. Every object with an id, a type and a tenant is an event. Other
 * unreadable values become warnings. `receivedAt` is the time of receipt.
 */
export function parseEvent(raw: JsonObject, receivedAt: Instant): EventReading {
  const fields = readEnvelope(raw);
  const errors: Problem<ItemErrorCode>[] = [];
  const eventId = requireId(fields.id, 'MISSING_ID', 'event id', errors);
  const typeName = requireId(fields.type, 'MISSING_TYPE', 'type', errors);
  const tenantId = requireId(fields.tenantId, 'MISSING_TENANT', 'tenant', errors);
  const source = isNone(fields.source.value)
    ? 'unknown'
    : requireId(fields.source, 'INVALID_ID', 'source', errors);
  if (eventId === undefined || typeName === undefined || tenantId === undefined || source === undefined) {
    const record = toDeliveryRecordProblem(raw);
    return { kind: 'unusable', errors: record === undefined ? errors : [record], eventId, tenantId };
  }
  const reader = new ValueReader();
  if (isNone(fields.source.value))
    reader.warn('MISSING_SOURCE', 'No source; read as "unknown".', fields.source.path);
  const typeKey = toTypeKey(typeName);
  return {
    kind: 'event',
    event: readContent(reader, raw, fields, receivedAt, { eventId, typeName, tenantId, source, typeKey }),
    fields,
  };
}

function readContent(
  reader: ValueReader,
  raw: JsonObject,
  fields: EnvelopeFields,
  receivedAt: Instant,
  identity: EventIdentity & { typeName: string; tenantId: string },
): ParsedEvent {
  const type = toEventType(identity.typeKey);
  const { read, ownTimes } = toEntry(type);
  const data = type === 'OTHER' ? undefined : readPayload(reader, raw);
  const event: ParsedEvent = {
    tenantId: identity.tenantId,
    source: identity.source,
    typeKey: identity.typeKey,
    eventId: identity.eventId,
    type,
    typeName: identity.typeName,
    envelope: fields.envelope,
    specVersion: reader.text(fields.specVersion.place, fields.specVersion.key),
    contentType: reader.text(fields.contentType.place, fields.contentType.key),
    eventTypeVersion: reader.text(fields.typeVersion.place, fields.typeVersion.key),
    time: readEventTime(reader, fields.time, data, ownTimes, receivedAt),
    userId: reader.id(fields.userId.place, fields.userId.key),
    ownerId: reader.id(fields.ownerId.place, fields.ownerId.key),
    spaceId: reader.id(fields.spaceId.place, fields.spaceId.key),
    topLevelResourceId: reader.id(fields.topLevelResourceId.place, fields.topLevelResourceId.key),
    warnings: reader.warnings,
    facts: {},
  };
  event.facts = read(reader, data ?? { object: {}, path: '/data' }, event);
  return event;
}

function requireId(
  field: Located,
  missing: ItemErrorCode,
  what: string,
  errors: Problem<ItemErrorCode>[],
): string | undefined {
  if (isId(field.value)) return field.value;
  const [code, message]: [ItemErrorCode, string] = isNone(field.value)
    ? [missing, `The event has no ${what}.`]
    : [
        'INVALID_ID',
        `The ${what} must have 1 to 256 characters, and no control characters or lone surrogates.`,
      ];
  errors.push({ code, message, path: field.path });
  return undefined;
}

import type { AppFacts, ReloadFacts } from '../apps/app.ts';
import { readApp, readAppId, toReloadedApp } from '../apps/read-app.ts';
import { readAppReload } from '../apps/read-app-reload.ts';
import type { RunFacts } from '../runs/automation-run.ts';
import { type AutomationFacts, readAutomationRun } from '../runs/read-automation-run.ts';
import type { Instant } from '../values/instant.ts';
import { isNone, type JsonObject, type Place } from '../values/json.ts';
import { isId } from '../values/text.ts';
import { ValueReader } from '../values/value-reader.ts';
import { type EnvelopeFields, type EventEnvelope, type Located, readEnvelope } from './envelope.ts';
import { type EventType, toEventType, toTypeKey } from './event-type.ts';
import type { ItemErrorCode, Problem, WarningCode } from './problem.ts';
import { readEventTime } from './read-event-time.ts';

/** What makes an event the same event within its tenant. `typeKey` is the type without namespace and version. */
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
  /** What it says of runs, automations, apps and reloads. */
  facts: EventFacts;
}

export interface EventFacts {
  run?: { runId: string; facts: RunFacts };
  automation?: AutomationFacts;
  app?: { appId: string; facts: AppFacts };
  reload?: ReloadFacts;
}

/** The reading of one ingested object: an event, or why it cannot be one (with what could be read of its identity). */
export type EventReading =
  | { kind: 'event'; event: ParsedEvent; fields: EnvelopeFields }
  | {
      kind: 'unusable';
      errors: Problem<ItemErrorCode>[];
      eventId: string | undefined;
      tenantId: string | undefined;
    };

/**
 * Reads one event as sent. Whatever has an id, a type and a tenant becomes an event; all else that cannot be read is a
 * warning. Pure: `receivedAt` is the moment of receipt.
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
    return { kind: 'unusable', errors, eventId, tenantId };
  }
  const reader = new ValueReader();
  if (isNone(fields.source.value))
    reader.warn('MISSING_SOURCE', 'No source; read as "unknown".', fields.source.path);
  const typeKey = toTypeKey(typeName);
  return {
    kind: 'event',
    event: readPayload(reader, raw, fields, receivedAt, { eventId, typeName, tenantId, source, typeKey }),
    fields,
  };
}

function readPayload(
  reader: ValueReader,
  raw: JsonObject,
  fields: EnvelopeFields,
  receivedAt: Instant,
  identity: EventIdentity & { typeName: string; tenantId: string },
): ParsedEvent {
  const type = toEventType(identity.typeKey);
  const data = type === 'OTHER' ? undefined : reader.object({ object: raw, path: '' }, 'data');
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
    time: readEventTime(reader, fields.time, type, data, receivedAt),
    userId: reader.id(fields.userId.place, fields.userId.key),
    ownerId: reader.id(fields.ownerId.place, fields.ownerId.key),
    spaceId: reader.id(fields.spaceId.place, fields.spaceId.key),
    topLevelResourceId: reader.id(fields.topLevelResourceId.place, fields.topLevelResourceId.key),
    warnings: reader.warnings,
    facts: {},
  };
  event.facts = readFacts(reader, event, data ?? { object: {}, path: '/data' });
  return event;
}

function readFacts(reader: ValueReader, event: ParsedEvent, data: Place): EventFacts {
  if (event.type === 'OTHER') return {};
  if (event.type === 'AUTOMATION_RUN_ENDED') {
    const { runId, run, automation } = readAutomationRun(reader, data, event);
    return { ...(runId !== undefined && { run: { runId, facts: run } }), ...(automation && { automation }) };
  }
  const attributes = reader.object(data, 'attributes');
  const appId = readAppId(reader, data, attributes, event.topLevelResourceId);
  if (event.type === 'APP_RELOAD_FINISHED') {
    const { reload, fileBytes } = readAppReload(reader, data, event);
    const facts = toReloadedApp(event, reload, fileBytes);
    return { reload, ...(appId !== undefined && { app: { appId, facts } }) };
  }
  const facts = readApp(reader, data, attributes, event);
  return appId === undefined ? {} : { app: { appId, facts } };
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
        `The ${what} is not a text of 1 to 256 characters without control characters and lone surrogates.`,
      ];
  errors.push({ code, message, path: field.path });
  return undefined;
}

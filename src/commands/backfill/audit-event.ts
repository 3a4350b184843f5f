import { createHash } from 'node:crypto';
import type { ItemProblem } from 'qlik-event-graph-ingest/items/item';
import { readEnvelope } from '../../domain/events/envelope.ts';
import { toTypeKey } from '../../domain/events/event-types.ts';
import type { Day } from '../../domain/values/calendar-day.ts';
import { parseInstant } from '../../domain/values/instant.ts';
import { isJsonObject, isNone, type JsonValue } from '../../domain/values/json.ts';

/** An item of the audit log, and what decides whether it is sent and counted. */
export interface AuditEvent {
  /** The bytes of the event, or why the item is not sent. */
  content: Buffer | ItemProblem;
  /** Equal for two listings of one event. */
  identity: string;
  tenantId: string | undefined;
  /** Empty if the item has no type. */
  typeKey: string;
  eventId: string | undefined;
  /** The day of the event's own time; undefined if that cannot be read. */
  day: Day | undefined;
}

/** Reads an item of the audit log, whatever its envelope. */
export function toAuditEvent(content: Buffer | ItemProblem): AuditEvent {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
  const raw: unknown = Buffer.isBuffer(content) ? JSON.parse(bytes.toString()) : undefined;
  const { id, source, type, tenantId, time } = readEnvelope(isJsonObject(raw) ? raw : {});
  const typeKey = typeof type.value === 'string' ? toTypeKey(type.value) : '';
  const parts = [tenantId.value, isNone(source.value) ? 'unknown' : source.value, typeKey, id.value];
  const isNamed = parts.every((part) => typeof part === 'string' && part !== '');
  const instant = typeof time.value === 'string' ? parseInstant(time.value)?.instant : undefined;
  return {
    content,
    // An item without an identity is identified by its bytes.
    identity: createHash('sha256')
      .update(isNamed ? JSON.stringify(parts) : bytes)
      .digest('base64'),
    tenantId: toText(tenantId.value),
    typeKey,
    eventId: toText(id.value),
    day: instant && (instant.slice(0, 10) as Day),
  };
}

function toText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

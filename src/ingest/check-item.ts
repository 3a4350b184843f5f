import type { IngestOrigin } from '../domain/events/ingest-origin.ts';
import { parseEvent } from '../domain/events/parse-event.ts';
import type { ItemErrorCode, Problem } from '../domain/events/problem.ts';
import type { Instant } from '../domain/values/instant.ts';
import { isDeeperThan, isJsonObject, type JsonValue, MAX_LEVELS } from '../domain/values/json.ts';
import { toContent } from '../store/tables/event-content.ts';
import { toEventKey, toHash } from '../store/tables/event-key.ts';
import type { IncomingEvent } from '../store/write/incoming-event.ts';
import type { QuarantinedItem } from '../store/write/record-quarantined.ts';

/** The result of checking an item, before the database is read. */
export type CheckedItem =
  | { kind: 'event'; incoming: IncomingEvent }
  | ({ kind: 'quarantined'; item: QuarantinedItem } & NamedIds)
  | ({ kind: 'rejected'; errors: Problem<ItemErrorCode>[] } & NamedIds);

/** The ids that an item names itself. */
interface NamedIds {
  eventId: string | undefined;
  tenantId: string | undefined;
}

/** How an item arrived. */
export interface Arrival {
  receivedAt: Instant;
  origin: IngestOrigin;
  /** Index in the batch that brought the item, from 0. */
  batchIndex: number;
  /** Whether the item is retried from quarantine. */
  isRetry: boolean;
}

export interface ItemLimits {
  /** The most bytes of an item's JSON in UTF-8. */
  maxEventBytes: number;
  /** Returns whether the caller may write to a tenant. */
  mayWrite: (tenantId: string) => boolean;
  /** The caller's tenant, if it has just one: it owns quarantined items that name no tenant. */
  onlyTenant?: string | undefined;
}

/** Parses and checks one item as sent. Pure: no clock, no I/O. */
export function checkItem(value: JsonValue, arrival: Arrival, limits: ItemLimits): CheckedItem {
  const { receivedAt, origin, batchIndex, isRetry } = arrival;
  if (!isJsonObject(value)) return reject('NOT_AN_OBJECT', 'An event is a JSON object.');
  if (isDeeperThan(value, MAX_LEVELS)) {
    return reject('TOO_DEEP', `The event nests deeper than ${MAX_LEVELS} levels.`);
  }
  const rawText = JSON.stringify(value);
  if (Buffer.byteLength(rawText) > limits.maxEventBytes) {
    return reject('TOO_LARGE', `The event's JSON is larger than ${limits.maxEventBytes} bytes.`);
  }
  const reading = parseEvent(value, receivedAt);
  const { eventId, tenantId } = reading.kind === 'event' ? reading.event : reading;
  if (tenantId !== undefined && !limits.mayWrite(tenantId)) {
    return reject('FORBIDDEN_TENANT', 'You may not write to this tenant.', eventId, tenantId);
  }
  const itemKey = toHash(rawText);
  if (reading.kind === 'unusable') {
    const owner = tenantId ?? limits.onlyTenant;
    return {
      kind: 'quarantined',
      eventId,
      tenantId,
      item: { tenantId: owner, itemKey, rawText, receivedAt, origin, batchIndex, problems: reading.errors },
    };
  }
  const { event } = reading;
  const eventKey = toEventKey(event.source, event.eventId);
  const content = toContent(value, reading.fields);
  return {
    kind: 'event',
    incoming: { event, eventKey, content, itemKey, rawText, receivedAt, origin, batchIndex, isRetry },
  };
}

function reject(code: ItemErrorCode, message: string, eventId?: string, tenantId?: string): CheckedItem {
  return { kind: 'rejected', errors: [{ code, message, path: undefined }], eventId, tenantId };
}

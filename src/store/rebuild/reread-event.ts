import { getTableColumns } from 'drizzle-orm';
import { type EventReading, parseEvent } from '../../domain/events/parse-event.ts';
import { isJsonObject, type JsonValue } from '../../domain/values/json.ts';
import { toInstantFromText } from '../tables/columns.ts';
import { toContent } from '../tables/event-content.ts';
import { READ_COLUMNS, toReadColumns } from '../tables/event-row.ts';
import { events } from '../tables/log-tables.ts';
import type { ReadEvent } from '../write/incoming-event.ts';
import type { LoggedEvent } from './read-log-batch.ts';

/** An event of the log as this version reads it. */
export interface RereadEvent {
  position: number;
  /** undefined if the event was pruned or this version refuses it. */
  read: ReadEvent | undefined;
  /** The content that copies of the event are compared by, in the current format. */
  content: string | undefined;
  /** The type key that this version derives. It may differ from that of the row. */
  typeKey: string | undefined;
  /** Whether this version reads a column differently from its stored value. */
  isChanged: boolean;
  /** Why this version refuses the event. */
  refusal: string | undefined;
}

const columns = getTableColumns(events);

/**
 * Reads an event again from its text, as ingest does. The event keeps the identity of its row,
 * because receipts, cursors and origins refer to that. `takeTypeKeys` assigns a new type key
 * if it is free.
 */
export function rereadEvent(logged: LoggedEvent): RereadEvent {
  const { position, eventKey, rawText, identity } = logged;
  const unread = { position, read: undefined, content: undefined, typeKey: undefined, isChanged: false };
  if (rawText === undefined) return { ...unread, refusal: undefined };
  const raw: JsonValue = JSON.parse(rawText);
  const reading = toReading(raw, logged);
  if (reading.kind === 'unusable') {
    const refusal = reading.errors.map(({ code, path }) => (path ? `${code} ${path}` : code)).join(', ');
    return { ...unread, refusal };
  }
  const { typeKey } = reading.event;
  const content = isJsonObject(raw) ? toContent(raw, reading.fields) : undefined;
  const event = Object.assign(reading.event, identity);
  const isChanged =
    content !== logged.row[columns.content.name] || isReadDifferently(logged, toReadColumns(event));
  return { position, read: { event, eventKey }, content, typeKey, isChanged, refusal: undefined };
}

function toReading(value: JsonValue, { receivedAt }: LoggedEvent): EventReading {
  if (isJsonObject(value)) return parseEvent(value, receivedAt);
  const errors = [{ code: 'NOT_AN_OBJECT' as const, message: 'An event is a JSON object.', path: undefined }];
  return { kind: 'unusable', errors, eventId: undefined, tenantId: undefined };
}

/** Returns whether a stored column differs from what this version reads. */
function isReadDifferently(
  { row }: LoggedEvent,
  read: Readonly<Record<(typeof READ_COLUMNS)[number], string | number | boolean | undefined>>,
): boolean {
  return READ_COLUMNS.some((column) => {
    const stored = row[columns[column].name];
    const text = column === 'time' && typeof stored === 'string' ? toInstantFromText(stored) : stored;
    return text !== (read[column] ?? null);
  });
}

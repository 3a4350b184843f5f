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
  /** undefined for an event that was pruned or that this version refuses. */
  read: ReadEvent | undefined;
  /** What copies of the event are compared by, as this version writes it. */
  content: string | undefined;
  /** The type key that this version reads, which may differ from the one in the row. */
  typeKey: string | undefined;
  /** Whether this version reads columns otherwise than they stand. */
  isChanged: boolean;
  /** Why this version refuses it. */
  refusal: string | undefined;
}

const columns = getTableColumns(events);

/**
 * Reads an event again from what was sent, as ingest does. It keeps the identity of its row, because receipts,
 * cursors and the origins of values name it by that. `takeTypeKeys` gives it a new type key where it can.
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
    content !== logged.row[columns.content.name] || isRereadOtherwise(logged, toReadColumns(event));
  return { position, read: { event, eventKey }, content, typeKey, isChanged, refusal: undefined };
}

function toReading(value: JsonValue, { receivedAt }: LoggedEvent): EventReading {
  if (isJsonObject(value)) return parseEvent(value, receivedAt);
  const errors = [{ code: 'NOT_AN_OBJECT' as const, message: 'An event is a JSON object.', path: undefined }];
  return { kind: 'unusable', errors, eventId: undefined, tenantId: undefined };
}

/** Tells whether a column of the log stands otherwise than it is read now. */
function isRereadOtherwise(
  { row }: LoggedEvent,
  read: Readonly<Record<(typeof READ_COLUMNS)[number], string | number | boolean | undefined>>,
): boolean {
  return READ_COLUMNS.some((column) => {
    const standing = row[columns[column].name];
    const text = column === 'time' && typeof standing === 'string' ? toInstantFromText(standing) : standing;
    return text !== (read[column] ?? null);
  });
}

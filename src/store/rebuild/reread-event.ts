import { getTableColumns } from 'drizzle-orm';
import { isJsonObject, type JsonValue } from '../../domain/json.ts';
import { type EventReading, parseEvent } from '../../domain/parse-event.ts';
import { toInstantFromText } from '../columns.ts';
import { type ReadColumn, toReadColumns } from '../event-row.ts';
import { events } from '../log-tables.ts';
import type { ReadEvent } from '../write/incoming-event.ts';
import type { LoggedEvent } from './read-log-batch.ts';

/** An event of the log as this version reads it. */
export interface RereadEvent {
  position: number;
  /** undefined for an event that was pruned or that this version refuses. */
  read: ReadEvent | undefined;
  /** The columns that this version reads otherwise than they stand. */
  changed: readonly ReadColumn[];
  /** Why this version refuses it. */
  refusal: string | undefined;
}

const columns = getTableColumns(events);

/**
 * Reads an event again from what was sent, as ingest does. Its identity stays as it stands: receipts, cursors and the origins of values
 * name it by that.
 */
export function rereadEvent(logged: LoggedEvent): RereadEvent {
  const { position, eventKey, rawText, identity } = logged;
  if (rawText === undefined) return { position, read: undefined, changed: [], refusal: undefined };
  const reading = toReading(JSON.parse(rawText), logged);
  if (reading.kind === 'unusable') {
    const refusal = reading.errors.map(({ code, path }) => (path ? `${code} ${path}` : code)).join(', ');
    return { position, read: undefined, changed: [], refusal };
  }
  const { event } = reading;
  const changed = listChanged(logged, toReadColumns(event));
  return { position, read: { event: Object.assign(event, identity), eventKey }, changed, refusal: undefined };
}

function toReading(value: JsonValue, { receivedAt }: LoggedEvent): EventReading {
  if (isJsonObject(value)) return parseEvent(value, receivedAt);
  const errors = [{ code: 'NOT_AN_OBJECT' as const, message: 'An event is a JSON object.', path: undefined }];
  return { kind: 'unusable', errors, eventId: undefined, tenantId: undefined };
}

function listChanged(
  { row }: LoggedEvent,
  read: Readonly<Record<ReadColumn, string | number | boolean | undefined>>,
): ReadColumn[] {
  return (Object.keys(read) as ReadColumn[]).filter((column) => {
    const standing = row[columns[column].name];
    const text = column === 'time' && typeof standing === 'string' ? toInstantFromText(standing) : standing;
    return text !== (read[column] ?? null);
  });
}

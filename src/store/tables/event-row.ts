import type { ParsedEvent } from '../../domain/events/parse-event.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/recordset.ts';
import { toReloadKey } from './app-reload-row.ts';
import type { events } from './log-tables.ts';

/** The columns of an event that are read from what was sent, its identity apart: another version may read them otherwise. */
export const READ_COLUMNS = [
  'type',
  'typeName',
  'sourceKey',
  'typeNameKey',
  'envelope',
  'specVersion',
  'contentType',
  'eventTypeVersion',
  'time',
  'userId',
  'ownerId',
  'spaceId',
  'topLevelResourceId',
  'runId',
  'appId',
  'reloadKey',
  'warnings',
] as const;

/** What is read of an event, as columns of its row. */
export function toReadColumns(
  event: ParsedEvent,
): Pick<WriteRow<typeof events>, (typeof READ_COLUMNS)[number]> {
  return {
    type: event.type,
    typeName: event.typeName,
    sourceKey: toSearchKey(event.source),
    typeNameKey: toSearchKey(event.typeName),
    envelope: event.envelope,
    specVersion: event.specVersion,
    contentType: event.contentType,
    eventTypeVersion: event.eventTypeVersion,
    time: event.time,
    userId: event.userId,
    ownerId: event.ownerId,
    spaceId: event.spaceId,
    topLevelResourceId: event.topLevelResourceId,
    runId: event.facts.run?.runId,
    appId: event.facts.app?.appId,
    reloadKey: toReloadKey(event),
    warnings: event.warnings.length > 0 ? JSON.stringify(event.warnings) : undefined,
  };
}

/** A folded text for case, unless the database's lower(), which knows ASCII alone, gives the same. */
function toSearchKey(text: string): string | undefined {
  const folded = toCaseFolded(text);
  const lowered = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return folded === lowered ? undefined : folded;
}

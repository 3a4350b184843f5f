import type { ParsedEvent } from '../../domain/events/parse-event.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/bulk.ts';
import { toReloadKey } from './app-reload-row.ts';
import type { events } from './log-tables.ts';

/**
 * The columns that are read from the event as sent, without its identity. A later version may
 * read them differently, so a rebuild rewrites them.
 */
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

/** Returns the columns of `READ_COLUMNS` for an event. */
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

/**
 * Returns the case-folded text, or undefined where `lower()` returns the same. Under the "C"
 * collation `lower()` folds only ASCII.
 */
function toSearchKey(text: string): string | undefined {
  const folded = toCaseFolded(text);
  const lowered = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return folded === lowered ? undefined : folded;
}

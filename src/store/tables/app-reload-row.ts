import { type ReloadState, toFilled, toReloadOccurredAt } from '../../domain/apps/merge-app-reload.ts';
import type { ParsedEvent } from '../../domain/events/parse-event.ts';
import type { Merged, Origins } from '../../domain/merge/merge.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/recordset.ts';
import { toEventKey, toHash } from './event-key.ts';
import { toOriginsJson } from './origins-json.ts';
import type { appReloads } from './projection-tables.ts';

type ReloadRow = typeof appReloads.$inferSelect;

/** The type of reload events that older code knew, the only one. */
const FIRST_TYPE_KEY = 'app.reload.finished';

/**
 * The key of the reload that an event tells of: one for all events that agree on app, reloadId and endTime,
 * and the event's own where one of these is missing (contract, fine print "Apps"). undefined for other events.
 */
export function toReloadKey({ facts, source, eventId, typeKey }: ParsedEvent): string | undefined {
  const { reload, app } = facts;
  if (reload === undefined) return undefined;
  const shared = toSharedReloadKey(app?.appId, reload.reloadId, reload.endTime);
  if (shared !== undefined) return shared;
  if (typeKey === FIRST_TYPE_KEY) return toEventKey(source, eventId);
  // Events of two types may share source and id. Four parts are neither an event key nor a shared key.
  return toHash([source, eventId, typeKey, ''].join('\u0000'));
}

/** The key of a reload of which several events may tell; undefined unless all of the three are known. */
export function toSharedReloadKey(
  appId: string | null | undefined,
  reloadId: string | null | undefined,
  endTime: string | null | undefined,
): string | undefined {
  if (!appId || !reloadId || !endTime) return undefined;
  return toHash([appId, reloadId, endTime].join('\u0000'));
}

/** A reload as its row. Its event is the newest one that tells of it. */
export function toReloadRow(
  tenantId: string,
  reloadKey: string,
  { values, origins }: Merged<ReloadState>,
): WriteRow<typeof appReloads> {
  const [newest] = origins.stamps;
  return {
    tenantId,
    reloadKey,
    eventKey: newest && toEventKey(newest.source, newest.eventId),
    eventTypeKey: newest?.typeKey ?? FIRST_TYPE_KEY,
    reloadId: values.reloadId,
    appId: values.appId,
    appName: values.appName,
    appNameKey: values.appName === undefined ? undefined : toCaseFolded(values.appName),
    status: values.status?.word ?? 'UNKNOWN',
    statusName: values.status?.name,
    endTime: values.endTime,
    occurredAt: toReloadOccurredAt(values),
    duration: values.duration?.reported,
    durationMs: values.duration?.ms,
    peakMemoryBytes: values.peakMemoryBytes,
    memoryBytes: values.memoryBytes,
    errors: JSON.stringify(values.errors ?? []),
    warnings: JSON.stringify(values.warnings ?? []),
    statements: JSON.stringify(values.statements ?? []),
    lastEventAt: values.lastEventAt,
    origins: toOriginsJson(origins),
  };
}

/** What a reload's row says, for merging; `origins` are those of its row, or of the one event that it came from. */
export function fromReloadRow(row: ReloadRow, origins: Origins): Merged<ReloadState> {
  const toList = (list: JsonValue) => toFilled(Array.isArray(list) ? list : []);
  return {
    origins,
    values: {
      reloadId: row.reloadId ?? undefined,
      appId: row.appId ?? undefined,
      appName: row.appName ?? undefined,
      status: row.statusName === null ? undefined : { word: row.status, name: row.statusName },
      endTime: row.endTime ?? undefined,
      duration:
        row.duration === null ? undefined : { reported: row.duration, ms: row.durationMs ?? undefined },
      peakMemoryBytes: row.peakMemoryBytes ?? undefined,
      memoryBytes: row.memoryBytes ?? undefined,
      errors: toList(row.errors),
      warnings: toList(row.warnings),
      statements: toList(row.statements),
      lastEventAt: row.lastEventAt ?? row.occurredAt,
    },
  };
}

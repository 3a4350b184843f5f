import { type ReloadState, toFilled, toReloadOccurredAt } from '../../domain/apps/merge-app-reload.ts';
import type { ParsedEvent } from '../../domain/events/parse-event.ts';
import type { Merged, Origins } from '../../domain/merge/merge.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/bulk.ts';
import { toEventKey, toHash } from './event-key.ts';
import { toOriginsJson } from './origins-json.ts';
import type { appReloads } from './projection-tables.ts';
import { copyFromRow, copyToRow } from './same-columns.ts';

type ReloadRow = typeof appReloads.$inferSelect;

const COPIED = ['reloadId', 'appId', 'appName', 'endTime', 'peakMemoryBytes', 'memoryBytes'] as const;

/** The only type of reload events that older versions knew. */
const FIRST_TYPE_KEY = 'app.reload.finished';

/**
 * Returns the key of the reload that an event reports, or undefined for events of other types.
 * Events with the same app, reloadId and endTime share a key. An event that lacks one of the
 * three has a key of its own.
 */
export function toReloadKey({ facts, source, eventId, typeKey }: ParsedEvent): string | undefined {
  const { reload, app } = facts;
  if (reload === undefined) return undefined;
  const shared = toSharedReloadKey(app?.appId, reload.reloadId, reload.endTime);
  if (shared !== undefined) return shared;
  if (typeKey === FIRST_TYPE_KEY) return toEventKey(source, eventId);
  // Events of two types may have the same source and id, so the type key is part of the hash.
  // Four parts never equal an event key (two parts) or a shared key (three parts).
  return toHash([source, eventId, typeKey, ''].join('\u0000'));
}

/** Returns the key that events of one reload share; undefined if a part is missing. */
export function toSharedReloadKey(
  appId: string | null | undefined,
  reloadId: string | null | undefined,
  endTime: string | null | undefined,
): string | undefined {
  if (!appId || !reloadId || !endTime) return undefined;
  return toHash([appId, reloadId, endTime].join('\u0000'));
}

/** Converts a reload to its row, which refers to the newest event that reports it. */
export function toReloadRow(
  tenantId: string,
  reloadKey: string,
  { values, origins }: Merged<ReloadState>,
): WriteRow<typeof appReloads> {
  const [newest] = origins.stamps;
  return copyToRow(COPIED, values, {
    tenantId,
    reloadKey,
    eventKey: newest && toEventKey(newest.source, newest.eventId),
    eventTypeKey: newest?.typeKey ?? FIRST_TYPE_KEY,
    appNameKey: values.appName === undefined ? undefined : toCaseFolded(values.appName),
    status: values.status?.word ?? 'UNKNOWN',
    statusName: values.status?.name,
    occurredAt: toReloadOccurredAt(values),
    duration: values.duration?.reported,
    durationMs: values.duration?.ms,
    errors: JSON.stringify(values.errors ?? []),
    warnings: JSON.stringify(values.warnings ?? []),
    statements: JSON.stringify(values.statements ?? []),
    lastEventAt: values.lastEventAt,
    origins: toOriginsJson(origins),
  });
}

/**
 * Converts a row to mergeable values. The caller passes the origins: those of the row, or
 * those of the single event that an older row came from.
 */
export function fromReloadRow(row: ReloadRow, origins: Origins): Merged<ReloadState> {
  const toList = (list: JsonValue) => toFilled(Array.isArray(list) ? list : []);
  return {
    origins,
    values: {
      ...copyFromRow(COPIED, row),
      status: row.statusName === null ? undefined : { word: row.status, name: row.statusName },
      duration:
        row.duration === null ? undefined : { reported: row.duration, ms: row.durationMs ?? undefined },
      errors: toList(row.errors),
      warnings: toList(row.warnings),
      statements: toList(row.statements),
      lastEventAt: row.lastEventAt ?? row.occurredAt,
    },
  };
}

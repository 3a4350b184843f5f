import { type Merged, mergeFacts, preferLater } from '../merge/merge.ts';
import type { Instant } from '../values/instant.ts';
import type { JsonValue } from '../values/json.ts';
import type { ReloadFacts } from './app.ts';

/** What the events say of one reload; undefined where they say nothing. */
export interface ReloadState
  extends Omit<ReloadFacts, 'duration' | 'durationMs' | 'occurredAt' | 'errors' | 'warnings' | 'statements'> {
  appId: string | undefined;
  /** The number as reported and its milliseconds: one value, as envelopes report it in different units. */
  duration: { reported: number; ms: number | undefined } | undefined;
  /** An empty list says nothing, like a missing one. */
  errors: JsonValue[] | undefined;
  warnings: JsonValue[] | undefined;
  statements: JsonValue[] | undefined;
  lastEventAt: Instant;
}

/** What one event of a time says of a reload. */
export function toReloadState(reload: ReloadFacts, appId: string | undefined, time: Instant): ReloadState {
  return {
    reloadId: reload.reloadId,
    appId,
    appName: reload.appName,
    status: reload.status,
    endTime: reload.endTime,
    duration:
      reload.duration === undefined ? undefined : { reported: reload.duration, ms: reload.durationMs },
    peakMemoryBytes: reload.peakMemoryBytes,
    memoryBytes: reload.memoryBytes,
    errors: toFilled(reload.errors),
    warnings: toFilled(reload.warnings),
    statements: toFilled(reload.statements),
    lastEventAt: time,
  };
}

/** What the events say of one reload: per field the newest one that says something. */
export function mergeAppReload(a: Merged<ReloadState>, b: Merged<ReloadState>): Merged<ReloadState> {
  return mergeFacts(a, b, { lastEventAt: preferLater });
}

/** endTime, else the newest event's time. */
export function toReloadOccurredAt({ endTime, lastEventAt }: ReloadState): Instant {
  return endTime ?? lastEventAt;
}

/** A list, if it has elements. */
export function toFilled(list: JsonValue[]): JsonValue[] | undefined {
  return list.length > 0 ? list : undefined;
}

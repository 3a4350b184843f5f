import { type Merged, mergeFacts, preferLater } from '../merge/merge.ts';
import type { Instant } from '../values/instant.ts';
import type { JsonValue } from '../values/json.ts';
import type { ReloadFacts } from './app.ts';

/** The merged facts about one reload; undefined if no event states them. */
export interface ReloadState
  extends Omit<ReloadFacts, 'duration' | 'durationMs' | 'occurredAt' | 'errors' | 'warnings' | 'statements'> {
  appId: string | undefined;
  /** The reported number and its milliseconds, as one value: units depend on the envelope. */
  duration: { reported: number; ms: number | undefined } | undefined;
  /** An empty list counts as a missing one. */
  errors: JsonValue[] | undefined;
  warnings: JsonValue[] | undefined;
  statements: JsonValue[] | undefined;
  lastEventAt: Instant;
}

/** Returns the facts of one event, of the given time, about a reload. */
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

/** Merges facts about one reload. Each field takes the newest value. */
export function mergeAppReload(a: Merged<ReloadState>, b: Merged<ReloadState>): Merged<ReloadState> {
  return mergeFacts(a, b, { lastEventAt: preferLater });
}

/** Returns endTime, else the time of the newest event. */
export function toReloadOccurredAt({ endTime, lastEventAt }: ReloadState): Instant {
  return endTime ?? lastEventAt;
}

/** Returns the list, or undefined if it is empty. */
export function toFilled(list: JsonValue[]): JsonValue[] | undefined {
  return list.length > 0 ? list : undefined;
}

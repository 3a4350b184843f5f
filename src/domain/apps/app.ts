import type { Instant } from '../values/instant.ts';
import type { JsonValue } from '../values/json.ts';
import { toWords } from '../values/value-reader.ts';

/** The results of a reload. Qlik sends "ok" and "error". Other words are accepted too. */
export const APP_RELOAD_STATUSES = ['SUCCEEDED', 'FAILED', 'CANCELED', 'EXCEEDED_LIMIT', 'UNKNOWN'] as const;
export type AppReloadStatus = (typeof APP_RELOAD_STATUSES)[number];

export const RELOAD_STATUS_WORDS: ReadonlyMap<string, AppReloadStatus> = new Map<string, AppReloadStatus>([
  ...toWords(APP_RELOAD_STATUSES.filter((status) => status !== 'UNKNOWN')),
  ['ok', 'SUCCEEDED'],
  ['success', 'SUCCEEDED'],
  ['error', 'FAILED'],
  ['failure', 'FAILED'],
  ['cancelled', 'CANCELED'],
]);

/** The facts of one event about an app; undefined if not stated. Sizes are in bytes. */
export interface AppFacts {
  name: string | undefined;
  description: string | undefined;
  owner: string | undefined;
  ownerId: string | undefined;
  spaceId: string | undefined;
  dynamicColor: string | undefined;
  /** As reported: whether the app was distributed from client-managed Qlik Sense. */
  published: boolean | undefined;
  publishTime: Instant | undefined;
  hasSectionAccess: boolean | undefined;
  originAppId: string | undefined;
  createdDate: Instant | undefined;
  modifiedDate: Instant | undefined;
  fileBytes: number | undefined;
  memoryBytes: number | undefined;
  /** The latest of all events, in any order of arrival. */
  lastReloadTime: Instant | undefined;
  /** Time of an app.exported event. */
  lastExportedAt: Instant | undefined;
  /** Time of an app.published event. */
  publishedEventAt: Instant | undefined;
  /** Time of a deletion event. */
  deletedAt: Instant | undefined;
  /** Time of an app.created event, which revives an app deleted before it. */
  createdEventAt: Instant | undefined;
  lastEventAt: Instant;
  /** Attributes without a typed field, merged key by key. */
  extraAttributes: ReadonlyMap<string, JsonValue>;
}

/** The facts of one event about one reload of an app. */
export interface ReloadFacts {
  reloadId: string | undefined;
  appName: string | undefined;
  status: { word: AppReloadStatus; name: string } | undefined;
  endTime: Instant | undefined;
  /** endTime, else the event's time. */
  occurredAt: Instant;
  /** The number as reported. */
  duration: number | undefined;
  durationMs: number | undefined;
  peakMemoryBytes: number | undefined;
  memoryBytes: number | undefined;
  errors: JsonValue[];
  warnings: JsonValue[];
  statements: JsonValue[];
}

import { sql } from 'drizzle-orm';
import { appReloads } from '../../tables/projection-tables.ts';
import { countOf, durationsOf } from './aggregates.ts';
import { defineSubject } from './subject.ts';

export const APP_RELOADS = defineSubject({
  name: 'AppReload',
  plural: 'app reloads',
  table: appReloads,
  key: ['reloadKey'],
  fallback: { field: 'OCCURRED_AT', direction: 'DESC' },
  fields: {
    reloadId: { kind: 'id', filter: "the reload's Qlik id" },
    appId: { kind: 'id', filter: 'the Qlik id of the reloaded app', grouping: ['APP', 'app'] },
    appName: { kind: 'text', folded: 'appNameKey', filter: "the app's name at the time of the reload" },
    status: {
      kind: 'word',
      enum: 'AppReloadStatus',
      filter: 'how the reload ended',
      grouping: ['STATUS', 'status'],
    },
    occurredAt: {
      kind: 'instant',
      filter: 'the time of the reload (`occurredAt`)',
      order: ['OCCURRED_AT', 'when the reload ended, else the time of its event'],
    },
    durationMs: {
      kind: 'integer',
      filter: 'the duration in milliseconds',
      order: ['DURATION', 'how long the reload took'],
    },
    peakMemoryBytes: {
      kind: 'integer',
      filter: 'the peak memory use, in bytes',
      order: ['PEAK_MEMORY', 'the highest memory use during the reload'],
    },
  },
  statistics: {
    time: appReloads.occurredAt,
    timeFilter: ['occurredAt'],
    aggregates: {
      succeededCount: countOf(
        sql`${appReloads.status} = 'SUCCEEDED'`,
        undefined,
        'The number of reloads that succeeded.',
      ),
      failedCount: countOf(
        sql`${appReloads.status} = 'FAILED'`,
        'FAILED_COUNT',
        'The number of reloads that failed.',
      ),
      maxPeakMemoryBytes: {
        kind: 'number',
        value: sql`max(${appReloads.peakMemoryBytes})`,
        order: 'MAX_PEAK_MEMORY_BYTES',
        description: 'The highest memory use of any reload, in bytes. Null if none reports it.',
      },
      duration: durationsOf(
        appReloads.durationMs,
        { DURATION_P95: 'p95', DURATION_MAX: 'max' },
        'How long the reloads took, in milliseconds.',
      ),
    },
  },
});

import type { AppReloadStatus } from '../../domain/apps/app.ts';
import { readStats, type StatsRow } from '../../store/read/statistics/stats.ts';
import { toAppReloadStats } from '../../store/read/statistics/stats-subjects.ts';
import { builder } from '../builder.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { describeValues } from '../describe-values.ts';
import { AppReloadFilterRef } from '../filters/filters.ts';
import { DurationStatsRef, statsArgs, toCount, toSafeInt, toStatsRequest } from '../stats.ts';
import { AppRef } from './app-ref.ts';
import { AppReloadStatusRef } from './app-reload-status.ts';

const AppReloadGroupingRef = builder.enumType('AppReloadGrouping', {
  description: 'What reloads can be grouped by.',
  values: describeValues({ APP: 'appId.', STATUS: 'status.' }),
});

interface ReloadStats {
  tenantId: string;
  row: StatsRow;
}

const toText = ({ row }: ReloadStats, key: string) => (row.keys[key] ?? null) as string | null;

const AppReloadStatsRef = builder.objectRef<ReloadStats>('AppReloadStats').implement({
  description: 'Counts and percentiles over a group of reloads. Its keys are null unless grouped by.',
  fields: (t) => {
    const count = (name: string, description: string) =>
      t.field({ type: 'SafeInt', nullable: false, description, resolve: ({ row }) => toCount(row, name) });
    return {
      bucketStart: t.field({
        type: 'DateTime',
        description: "The bucket's first instant; null without an interval.",
        resolve: ({ row }) => row.bucketStart,
      }),
      app: t.field({
        type: AppRef,
        description: 'The app, when grouped by APP.',
        resolve: (stats, _args, { load }) => {
          const id = toText(stats, 'APP');
          return id === null ? null : load.app.load({ tenantId: stats.tenantId, id });
        },
      }),
      appId: t.id({
        description: "Qlik's id of the app, when grouped by APP.",
        resolve: (stats) => toText(stats, 'APP'),
      }),
      status: t.field({
        type: AppReloadStatusRef,
        description: 'The status, when grouped by STATUS.',
        resolve: (stats) => toText(stats, 'STATUS') as AppReloadStatus | null,
      }),
      count: t.field({
        type: 'SafeInt',
        nullable: false,
        description: 'How many reloads.',
        resolve: ({ row }) => row.count,
      }),
      succeededCount: count('succeededCount', 'How many that succeeded.'),
      failedCount: count('failedCount', 'How many that failed.'),
      duration: t.field({
        type: DurationStatsRef,
        nullable: false,
        description: 'How long the reloads took.',
        resolve: ({ row }) => ({ row, prefix: 'duration' as const }),
      }),
      maxPeakMemoryBytes: t.field({
        type: 'SafeInt',
        description: 'The highest of peakMemoryBytes.',
        resolve: ({ row }) => toSafeInt(row, 'maxPeakMemoryBytes'),
      }),
    };
  },
});

builder.queryField('appReloadStats', (t) =>
  t.field({
    type: [AppReloadStatsRef],
    nullable: false,
    description: 'Counts and percentiles over exactly the reloads that appReloads(where:) would list.',
    args: { ...whereArg(t.arg, AppReloadFilterRef), ...statsArgs(t.arg, AppReloadGroupingRef) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const tenantId = await requireReader(context);
      const subject = toAppReloadStats(tenantId, where);
      const rows = await readStats(context.database, subject, toStatsRequest(args, info));
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

import type { AppReloadStatus } from '../../domain/apps/app.ts';
import { readStats, type StatsRow } from '../../store/read/statistics/stats.ts';
import { toAppReloadStats } from '../../store/read/statistics/stats-subjects.ts';
import { builder } from '../builder.ts';
import { listType, STATS_COST } from '../connections/list-cost.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { describeValues } from '../describe-values.ts';
import { AppReloadFilterRef } from '../filters/filters.ts';
import { DurationStatsRef, statsArgs, toCount, toSafeInt, toStatsRequest } from '../stats.ts';
import { AppRef } from './app-ref.ts';
import { AppReloadStatusRef } from './app-reload-status.ts';

const AppReloadGroupingRef = builder.enumType('AppReloadGrouping', {
  description: 'The values that reloads can be grouped by.',
  values: describeValues({ APP: 'One row per app.', STATUS: 'One row per status.' }),
});

interface ReloadStats {
  tenantId: string;
  row: StatsRow;
}

const toText = ({ row }: ReloadStats, key: string) => (row.keys[key] ?? null) as string | null;

const AppReloadStats = listType(
  [
    builder.objectRef<ReloadStats>('AppReloadStats').implement({
      description:
        'Counts and percentiles over one group of reloads. A key is null unless the request groups by it.',
      fields: (t) => {
        const count = (name: string, description: string) =>
          t.field({
            type: 'SafeInt',
            nullable: false,
            description,
            resolve: ({ row }) => toCount(row, name),
          });
        return {
          bucketStart: t.field({
            type: 'DateTime',
            description: 'The first instant of the bucket. Null without `interval`.',
            resolve: ({ row }) => row.bucketStart,
          }),
          app: t.field({
            type: AppRef,
            description: 'The app, if grouped by APP. Null if the reloads name no app.',
            resolve: (stats, _args, { load }) => {
              const id = toText(stats, 'APP');
              return id === null ? null : load.app.load({ tenantId: stats.tenantId, id });
            },
          }),
          appId: t.id({
            description: "Qlik's id of the app, if grouped by APP.",
            resolve: (stats) => toText(stats, 'APP'),
          }),
          status: t.field({
            type: AppReloadStatusRef,
            description: 'How the reloads ended, if grouped by STATUS.',
            resolve: (stats) => toText(stats, 'STATUS') as AppReloadStatus | null,
          }),
          count: t.field({
            type: 'SafeInt',
            nullable: false,
            description: 'The number of reloads.',
            resolve: ({ row }) => row.count,
          }),
          succeededCount: count('succeededCount', 'The number of reloads that succeeded.'),
          failedCount: count('failedCount', 'The number of reloads that failed.'),
          duration: t.field({
            type: DurationStatsRef,
            nullable: false,
            description: 'How long the reloads took, in milliseconds.',
            resolve: ({ row }) => ({ row, prefix: 'duration' as const }),
          }),
          maxPeakMemoryBytes: t.field({
            type: 'SafeInt',
            description: 'The highest memory use of any reload, in bytes. Null if none reports it.',
            resolve: ({ row }) => toSafeInt(row, 'maxPeakMemoryBytes'),
          }),
        };
      },
    }),
  ],
  STATS_COST,
);

builder.queryField('appReloadStats', (t) =>
  t.field({
    ...AppReloadStats.field,
    description: 'Counts and percentiles over exactly the reloads that appReloads(where:) lists.',
    args: { ...whereArg(t.arg, AppReloadFilterRef), ...statsArgs(t.arg, AppReloadGroupingRef) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const tenantId = await requireReader(context);
      const subject = toAppReloadStats(tenantId, where);
      const rows = await readStats(context.database, subject, toStatsRequest(args, info));
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

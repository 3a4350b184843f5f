import { readStats } from '../../store/read/statistics/stats.ts';
import { toAppReloadStats } from '../../store/read/statistics/stats-subjects.ts';
import { APP_RELOADS } from '../../store/read/subjects/app-reloads.ts';
import { builder } from '../builder.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { AppReloadFilterRef } from '../filters/filters.ts';
import { statsType, toKey, toStatsRequest } from '../stats.ts';
import { AppRef } from './app-ref.ts';

const AppReloadStats = statsType(APP_RELOADS, (t) => ({
  app: t.field({
    type: AppRef,
    description: 'The app, if grouped by APP. Null if the reloads name no app.',
    resolve: (stats, _args, { load }) => {
      const id = toKey<string>(stats, 'APP');
      return id === null ? null : load.app.load({ tenantId: stats.tenantId, id });
    },
  }),
}));

builder.queryField('appReloadStats', (t) =>
  t.field({
    ...AppReloadStats.field,
    description: 'Counts and percentiles over exactly the reloads that appReloads(where:) lists.',
    args: { ...whereArg(t.arg, AppReloadFilterRef), ...AppReloadStats.args(t.arg) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const tenantId = await requireReader(context);
      const subject = toAppReloadStats(tenantId, where);
      const rows = await readStats(context.database, subject, toStatsRequest(subject, args, info));
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

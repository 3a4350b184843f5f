import { automationOfRun } from '../../store/read/automation-runs.ts';
import { readStats } from '../../store/read/statistics/stats.ts';
import { toRunStats } from '../../store/read/statistics/stats-subjects.ts';
import { RUNS } from '../../store/read/subjects/runs.ts';
import { builder } from '../builder.ts';
import { toChildStats } from '../child-stats.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { AutomationRunFilterRef } from '../filters/filters.ts';
import { statsType, toKey, toStatsRequest } from '../stats.ts';
import { AutomationRef } from './automation-run-ref.ts';

const AutomationRunStats = statsType(RUNS, (t) => ({
  automation: t.field({
    type: AutomationRef,
    description: 'The automation, if grouped by AUTOMATION.',
    resolve: (stats, _args, { load }) => {
      const id = toKey<string>(stats, 'AUTOMATION');
      return id === null ? null : load.automation.load({ tenantId: stats.tenantId, id });
    },
  }),
}));

builder.queryField('automationRunStats', (t) =>
  t.field({
    ...AutomationRunStats.field,
    description: 'Counts, sums and percentiles over exactly the runs that automationRuns(where:) lists.',
    args: { ...whereArg(t.arg, AutomationRunFilterRef), ...AutomationRunStats.args(t.arg) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const tenantId = await requireReader(context);
      const subject = toRunStats(tenantId, where);
      const rows = await readStats(context.database, subject, toStatsRequest(subject, args, info));
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

builder.objectField(AutomationRef, 'runStats', (t) =>
  t.field({
    ...AutomationRunStats.field,
    description:
      'Counts, sums and percentiles over the runs of this automation. All automations of one list together return at most 10,000 rows.',
    args: { ...whereArg(t.arg, AutomationRunFilterRef), ...AutomationRunStats.args(t.arg) },
    resolve: async ({ tenantId, automationId: id }, { where, ...args }, context, info) => {
      const parent = { tenantId, id, column: automationOfRun };
      const subject = toRunStats(tenantId, where);
      const request = toStatsRequest(subject, args, info);
      const rows = await toChildStats(context, parent, subject, request, where);
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

import { automationOfRun } from '../../store/read/automation-runs.ts';
import { toRunStats } from '../../store/read/statistics/stats-subjects.ts';
import { RUNS } from '../../store/read/subjects/runs.ts';
import { builder } from '../builder.ts';
import { toChildStats } from '../child-stats.ts';
import { runInputs } from '../filters/inputs.ts';
import { nameOfKey } from '../names/name-of-key.ts';
import { addStatsQuery, statsType, toKey } from '../stats.ts';
import { toStatsRequest } from '../stats-args.ts';
import { AutomationRef } from './automation-run-ref.ts';

const AutomationRunStats = statsType(RUNS, runInputs, (t) => ({
  automation: t.field({
    type: AutomationRef,
    description: 'The automation, if grouped by AUTOMATION.',
    resolve: (stats, _args, { load }) => {
      const id = toKey<string>(stats, 'AUTOMATION');
      return id === null ? null : load.automation.load({ tenantId: stats.tenantId, id });
    },
  }),
  executedByName: nameOfKey(t, 'USER', 'EXECUTOR', 'executor'),
  ownerName: nameOfKey(t, 'USER', 'OWNER', 'owner'),
  spaceName: nameOfKey(t, 'SPACE', 'SPACE', 'space'),
}));

addStatsQuery('automationRunStats', 'automationRuns', AutomationRunStats, toRunStats);

builder.objectField(AutomationRef, 'runStats', (t) =>
  t.field({
    ...AutomationRunStats.field,
    description:
      'Counts, sums and percentiles over the runs of this automation. All automations of one list together return at most 10,000 rows.',
    args: AutomationRunStats.args(t.arg),
    resolve: async ({ tenantId, automationId: id }, { where, ...args }, context, info) => {
      const parent = { tenantId, id, column: automationOfRun };
      const subject = toRunStats(context.database.forTenant(tenantId), where);
      const request = toStatsRequest(subject, args, info);
      const rows = await toChildStats(context, parent, subject, request, where);
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

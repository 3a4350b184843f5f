import type {
  AutomationRunContext,
  AutomationRunOutcome,
  AutomationRunStatus,
} from '../../domain/runs/automation-run.ts';
import { automationOfRun } from '../../store/read/automation-runs.ts';
import { readStats, type StatsRow } from '../../store/read/statistics/stats.ts';
import { toRunStats } from '../../store/read/statistics/stats-subjects.ts';
import { builder } from '../builder.ts';
import { toChildStats } from '../child-stats.ts';
import { listType, STATS_COST } from '../connections/list-cost.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { describeValues } from '../describe-values.ts';
import { AutomationRunFilterRef } from '../filters/filters.ts';
import { DurationStatsRef, statsArgs, toCount, toSafeInt, toStatsRequest } from '../stats.ts';
import {
  AutomationRunContextRef,
  AutomationRunOutcomeRef,
  AutomationRunStatusRef,
} from './automation-run-enums.ts';
import { AutomationRef } from './automation-run-ref.ts';

const AutomationRunGroupingRef = builder.enumType('AutomationRunGrouping', {
  description: 'The values that runs can be grouped by.',
  values: describeValues({
    AUTOMATION: 'One row per automation.',
    STATUS: 'One row per status.',
    OUTCOME: 'One row per outcome.',
    CONTEXT: 'One row per way in which runs were started.',
    EXECUTOR: 'One row per user who executed runs.',
    OWNER: 'One row per owner.',
    SPACE: 'One row per space.',
    BILLABLE: 'One row each for billable and other runs.',
  }),
});

interface RunStats {
  tenantId: string;
  row: StatsRow;
}

const toText = ({ row }: RunStats, key: string) => (row.keys[key] ?? null) as string | null;

const AutomationRunStats = listType(
  [
    builder.objectRef<RunStats>('AutomationRunStats').implement({
      description:
        'Counts, sums and percentiles over one group of runs. A key is null unless the request groups by it.',
      fields: (t) => {
        const count = (name: string, description: string) =>
          t.field({
            type: 'SafeInt',
            nullable: false,
            description,
            resolve: ({ row }) => toCount(row, name),
          });
        const sum = (name: string, description: string) =>
          t.field({ type: 'SafeInt', description, resolve: ({ row }) => toSafeInt(row, name) });
        const id = (key: string, description: string) =>
          t.id({ description, resolve: (stats) => toText(stats, key) });
        return {
          bucketStart: t.field({
            type: 'DateTime',
            description:
              'The first instant of the bucket that the `occurredAt` of the runs is in. Null without `interval`.',
            resolve: ({ row }) => row.bucketStart,
          }),
          automation: t.field({
            type: AutomationRef,
            description: 'The automation, if grouped by AUTOMATION.',
            resolve: (stats, _args, { load }) => {
              const automationId = toText(stats, 'AUTOMATION');
              return automationId === null
                ? null
                : load.automation.load({ tenantId: stats.tenantId, id: automationId });
            },
          }),
          automationId: id('AUTOMATION', "Qlik's id of the automation, if grouped by AUTOMATION."),
          status: t.field({
            type: AutomationRunStatusRef,
            description: 'The status, if grouped by STATUS.',
            resolve: (stats) => toText(stats, 'STATUS') as AutomationRunStatus | null,
          }),
          outcome: t.field({
            type: AutomationRunOutcomeRef,
            description: 'The outcome, if grouped by OUTCOME.',
            resolve: (stats) => toText(stats, 'OUTCOME') as AutomationRunOutcome | null,
          }),
          context: t.field({
            type: AutomationRunContextRef,
            description: 'What started the runs, if grouped by CONTEXT.',
            resolve: (stats) => toText(stats, 'CONTEXT') as AutomationRunContext | null,
          }),
          executedById: id(
            'EXECUTOR',
            "Qlik's id of the user who executed the runs, if grouped by EXECUTOR.",
          ),
          ownerId: id('OWNER', "Qlik's id of the owner, if grouped by OWNER."),
          spaceId: id('SPACE', "Qlik's id of the space, if grouped by SPACE."),
          billable: t.boolean({
            description: 'Whether the runs are billable, if grouped by BILLABLE.',
            resolve: ({ row }) => (row.keys.BILLABLE ?? null) as boolean | null,
          }),
          count: t.field({
            type: 'SafeInt',
            nullable: false,
            description: 'The number of runs.',
            resolve: ({ row }) => row.count,
          }),
          successCount: count('successCount', 'The number of runs with the outcome SUCCESS.'),
          warningCount: count('warningCount', 'The number of runs with the outcome WARNING.'),
          failureCount: count('failureCount', 'The number of runs with the outcome FAILURE.'),
          billableCount: count('billableCount', 'The number of billable runs.'),
          duration: t.field({
            type: DurationStatsRef,
            nullable: false,
            description: 'The time from start to stop, in milliseconds.',
            resolve: ({ row }) => ({ row, prefix: 'duration' as const }),
          }),
          queued: t.field({
            type: DurationStatsRef,
            nullable: false,
            description: 'The time from creation to start, in milliseconds.',
            resolve: ({ row }) => ({ row, prefix: 'queued' as const }),
          }),
          totalApiCalls: sum('totalApiCalls', 'The sum of the API calls. Null if no run reports them.'),
          rxBytes: sum('rxBytes', 'The sum of the bytes received. Null if no run reports them.'),
          txBytes: sum('txBytes', 'The sum of the bytes sent. Null if no run reports them.'),
        };
      },
    }),
  ],
  STATS_COST,
);

builder.queryField('automationRunStats', (t) =>
  t.field({
    ...AutomationRunStats.field,
    description: 'Counts, sums and percentiles over exactly the runs that automationRuns(where:) lists.',
    args: { ...whereArg(t.arg, AutomationRunFilterRef), ...statsArgs(t.arg, AutomationRunGroupingRef) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const tenantId = await requireReader(context);
      const rows = await readStats(context.database, toRunStats(tenantId, where), toStatsRequest(args, info));
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

builder.objectField(AutomationRef, 'runStats', (t) =>
  t.field({
    ...AutomationRunStats.field,
    description:
      'Counts, sums and percentiles over the runs of this automation. All automations of one list together return at most 10,000 rows.',
    args: { ...whereArg(t.arg, AutomationRunFilterRef), ...statsArgs(t.arg, AutomationRunGroupingRef) },
    resolve: async ({ tenantId, automationId: id }, { where, ...args }, context, info) => {
      const parent = { tenantId, id, column: automationOfRun };
      const request = toStatsRequest(args, info);
      const rows = await toChildStats(context, parent, toRunStats(tenantId, where), request, where);
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

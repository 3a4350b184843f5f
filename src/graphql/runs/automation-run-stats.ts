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
  description: 'What runs can be grouped by.',
  values: describeValues({
    AUTOMATION: 'automationId.',
    STATUS: 'status.',
    OUTCOME: 'outcome.',
    CONTEXT: 'context.',
    EXECUTOR: 'executedById.',
    OWNER: 'ownerId.',
    SPACE: 'spaceId.',
    BILLABLE: 'billable.',
  }),
});

interface RunStats {
  tenantId: string;
  row: StatsRow;
}

const toText = ({ row }: RunStats, key: string) => (row.keys[key] ?? null) as string | null;

export const AutomationRunStatsRef = builder.objectRef<RunStats>('AutomationRunStats').implement({
  description: 'Counts, sums and percentiles over a group of runs. Its keys are null unless grouped by.',
  fields: (t) => {
    const count = (name: string, description: string) =>
      t.field({ type: 'SafeInt', nullable: false, description, resolve: ({ row }) => toCount(row, name) });
    const sum = (name: string, description: string) =>
      t.field({ type: 'SafeInt', description, resolve: ({ row }) => toSafeInt(row, name) });
    const id = (key: string, description: string) =>
      t.id({ description, resolve: (stats) => toText(stats, key) });
    return {
      bucketStart: t.field({
        type: 'DateTime',
        description: "The bucket's first instant; null without an interval.",
        resolve: ({ row }) => row.bucketStart,
      }),
      automation: t.field({
        type: AutomationRef,
        description: 'The automation, when grouped by AUTOMATION.',
        resolve: (stats, _args, { load }) => {
          const automationId = toText(stats, 'AUTOMATION');
          return automationId === null
            ? null
            : load.automation.load({ tenantId: stats.tenantId, id: automationId });
        },
      }),
      automationId: id('AUTOMATION', "Qlik's id of the automation, when grouped by AUTOMATION."),
      status: t.field({
        type: AutomationRunStatusRef,
        description: 'The status, when grouped by STATUS.',
        resolve: (stats) => toText(stats, 'STATUS') as AutomationRunStatus | null,
      }),
      outcome: t.field({
        type: AutomationRunOutcomeRef,
        description: 'The outcome, when grouped by OUTCOME.',
        resolve: (stats) => toText(stats, 'OUTCOME') as AutomationRunOutcome | null,
      }),
      context: t.field({
        type: AutomationRunContextRef,
        description: 'The context, when grouped by CONTEXT.',
        resolve: (stats) => toText(stats, 'CONTEXT') as AutomationRunContext | null,
      }),
      executedById: id('EXECUTOR', 'Who executed the runs, when grouped by EXECUTOR.'),
      ownerId: id('OWNER', 'The owner, when grouped by OWNER.'),
      spaceId: id('SPACE', 'The space, when grouped by SPACE.'),
      billable: t.boolean({
        description: 'Whether the runs are billable, when grouped by BILLABLE.',
        resolve: ({ row }) => (row.keys.BILLABLE ?? null) as boolean | null,
      }),
      count: t.field({
        type: 'SafeInt',
        nullable: false,
        description: 'How many runs.',
        resolve: ({ row }) => row.count,
      }),
      successCount: count('successCount', 'How many with the outcome SUCCESS.'),
      warningCount: count('warningCount', 'How many with the outcome WARNING.'),
      failureCount: count('failureCount', 'How many with the outcome FAILURE.'),
      billableCount: count('billableCount', 'How many that are billable.'),
      duration: t.field({
        type: DurationStatsRef,
        nullable: false,
        description: 'From startTime to stopTime.',
        resolve: ({ row }) => ({ row, prefix: 'duration' as const }),
      }),
      queued: t.field({
        type: DurationStatsRef,
        nullable: false,
        description: 'From createdAt to startTime.',
        resolve: ({ row }) => ({ row, prefix: 'queued' as const }),
      }),
      totalApiCalls: sum('totalApiCalls', 'The sum of totalApiCalls.'),
      rxBytes: sum('rxBytes', 'The sum of network.rxBytes.'),
      txBytes: sum('txBytes', 'The sum of network.txBytes.'),
    };
  },
});

builder.queryField('automationRunStats', (t) =>
  t.field({
    type: [AutomationRunStatsRef],
    nullable: false,
    description: 'Counts, sums and percentiles over exactly the runs that automationRuns(where:) would list.',
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
    type: [AutomationRunStatsRef],
    nullable: false,
    description:
      'Counts, sums and percentiles over its runs. The automations of one list have at most 10,000 rows together.',
    args: { ...whereArg(t.arg, AutomationRunFilterRef), ...statsArgs(t.arg, AutomationRunGroupingRef) },
    resolve: async ({ tenantId, automationId: id }, { where, ...args }, context, info) => {
      const parent = { tenantId, id, column: automationOfRun };
      const request = toStatsRequest(args, info);
      const rows = await toChildStats(context, parent, toRunStats(tenantId, where), request, where);
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);

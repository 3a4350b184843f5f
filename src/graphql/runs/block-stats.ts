import type { BlockType } from '../../domain/runs/automation-run.ts';
import { readStats, type StatsRow } from '../../store/read/statistics/stats.ts';
import { toBlockStats } from '../../store/read/statistics/stats-subjects.ts';
import { builder } from '../builder.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { describeValues } from '../describe-values.ts';
import { BlockFilterRef } from '../filters/filters.ts';
import { DurationStatsRef, statsArgs, toCount, toSafeInt, toStatsRequest } from '../stats.ts';
import { BlockTypeRef } from './automation-run-enums.ts';

const BlockGroupingRef = builder.enumType('BlockGrouping', {
  description: 'What blocks can be grouped by.',
  values: describeValues({
    TYPE: 'type.',
    CONNECTOR: 'connectorId.',
    ENDPOINT: 'endpointId.',
    SNIPPET: 'snippetId.',
    BLOCK_NAME: 'blockName.',
    AUTOMATION: "The run's automationId.",
  }),
});

const toText = (row: StatsRow, key: string) => (row.keys[key] ?? null) as string | null;

const BlockStatsRef = builder.objectRef<StatsRow>('BlockStats').implement({
  description: 'Counts, sums and percentiles over a group of blocks. Its keys are null unless grouped by.',
  fields: (t) => {
    const sum = (name: string, description: string) =>
      t.field({ type: 'SafeInt', description, resolve: (row) => toSafeInt(row, name) });
    const id = (key: string, description: string) =>
      t.id({ description, resolve: (row) => toText(row, key) });
    return {
      bucketStart: t.field({
        type: 'DateTime',
        description: "The first instant of the bucket of the runs' occurredAt; null without an interval.",
        resolve: (row) => row.bucketStart,
      }),
      type: t.field({
        type: BlockTypeRef,
        description: 'The kind of block, when grouped by TYPE.',
        resolve: (row) => toText(row, 'TYPE') as BlockType | null,
      }),
      connectorId: id('CONNECTOR', 'The connector, when grouped by CONNECTOR.'),
      endpointId: id('ENDPOINT', 'The endpoint, when grouped by ENDPOINT.'),
      snippetId: id('SNIPPET', 'The snippet, when grouped by SNIPPET.'),
      blockName: t.string({
        description: 'The name, when grouped by BLOCK_NAME.',
        resolve: (row) => toText(row, 'BLOCK_NAME'),
      }),
      automationId: id('AUTOMATION', 'The automation, when grouped by AUTOMATION.'),
      count: t.field({
        type: 'SafeInt',
        nullable: false,
        description: 'How many blocks.',
        resolve: (row) => row.count,
      }),
      runCount: t.field({
        type: 'SafeInt',
        nullable: false,
        description: 'In how many runs.',
        resolve: (row) => toCount(row, 'runCount'),
      }),
      apiCalls: sum('apiCalls', 'The sum of apiCalls.'),
      rxBytes: sum('rxBytes', 'The sum of rxBytes.'),
      txBytes: sum('txBytes', 'The sum of txBytes.'),
      duration: t.field({
        type: DurationStatsRef,
        nullable: false,
        description: 'How long the blocks ran.',
        resolve: (row) => ({ row, prefix: 'duration' as const }),
      }),
    };
  },
});

builder.queryField('blockStats', (t) =>
  t.field({
    type: [BlockStatsRef],
    nullable: false,
    description: 'Counts, sums and percentiles over exactly the blocks that blocks(where:) would list.',
    args: { ...whereArg(t.arg, BlockFilterRef), ...statsArgs(t.arg, BlockGroupingRef) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const subject = toBlockStats(await requireReader(context), where);
      return readStats(context.database, subject, toStatsRequest(args, info));
    },
  }),
);

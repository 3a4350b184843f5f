import type { BlockType } from '../../domain/runs/automation-run.ts';
import { readStats, type StatsRow } from '../../store/read/statistics/stats.ts';
import { toBlockStats } from '../../store/read/statistics/stats-subjects.ts';
import { builder } from '../builder.ts';
import { listType, STATS_COST } from '../connections/list-cost.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { describeValues } from '../describe-values.ts';
import { BlockFilterRef } from '../filters/filters.ts';
import { DurationStatsRef, statsArgs, toCount, toSafeInt, toStatsRequest } from '../stats.ts';
import { BlockTypeRef } from './automation-run-enums.ts';

const BlockGroupingRef = builder.enumType('BlockGrouping', {
  description: 'The values that blocks can be grouped by.',
  values: describeValues({
    TYPE: 'One row per kind of block.',
    CONNECTOR: 'One row per connector.',
    ENDPOINT: 'One row per endpoint.',
    SNIPPET: 'One row per snippet.',
    BLOCK_NAME: 'One row per block name.',
    AUTOMATION: 'One row per automation that executed the blocks.',
  }),
});

const toText = (row: StatsRow, key: string) => (row.keys[key] ?? null) as string | null;

const BlockStats = listType(
  [
    builder.objectRef<StatsRow>('BlockStats').implement({
      description:
        'Counts, sums and percentiles over one group of blocks. A key is null unless the request groups by it.',
      fields: (t) => {
        const sum = (name: string, description: string) =>
          t.field({ type: 'SafeInt', description, resolve: (row) => toSafeInt(row, name) });
        const id = (key: string, description: string) =>
          t.id({ description, resolve: (row) => toText(row, key) });
        return {
          bucketStart: t.field({
            type: 'DateTime',
            description:
              'The first instant of the bucket that the `occurredAt` of the runs is in. Null without `interval`.',
            resolve: (row) => row.bucketStart,
          }),
          type: t.field({
            type: BlockTypeRef,
            description: 'The kind of block, if grouped by TYPE.',
            resolve: (row) => toText(row, 'TYPE') as BlockType | null,
          }),
          connectorId: id('CONNECTOR', "Qlik's id of the connector, if grouped by CONNECTOR."),
          endpointId: id('ENDPOINT', "Qlik's id of the endpoint, if grouped by ENDPOINT."),
          snippetId: id('SNIPPET', "Qlik's id of the snippet, if grouped by SNIPPET."),
          blockName: t.string({
            description: 'The name of the blocks, if grouped by BLOCK_NAME.',
            resolve: (row) => toText(row, 'BLOCK_NAME'),
          }),
          automationId: id('AUTOMATION', "Qlik's id of the automation, if grouped by AUTOMATION."),
          count: t.field({
            type: 'SafeInt',
            nullable: false,
            description: 'The number of blocks.',
            resolve: (row) => row.count,
          }),
          runCount: t.field({
            type: 'SafeInt',
            nullable: false,
            description: 'The number of runs that the blocks belong to.',
            resolve: (row) => toCount(row, 'runCount'),
          }),
          apiCalls: sum('apiCalls', 'The sum of the API calls. Null if no block reports them.'),
          rxBytes: sum('rxBytes', 'The sum of the bytes received. Null if no block reports them.'),
          txBytes: sum('txBytes', 'The sum of the bytes sent. Null if no block reports them.'),
          duration: t.field({
            type: DurationStatsRef,
            nullable: false,
            description: 'How long the blocks ran, in milliseconds.',
            resolve: (row) => ({ row, prefix: 'duration' as const }),
          }),
        };
      },
    }),
  ],
  STATS_COST,
);

builder.queryField('blockStats', (t) =>
  t.field({
    ...BlockStats.field,
    description: 'Counts, sums and percentiles over exactly the blocks that blocks(where:) lists.',
    args: { ...whereArg(t.arg, BlockFilterRef), ...statsArgs(t.arg, BlockGroupingRef) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const subject = toBlockStats(await requireReader(context), where);
      return readStats(context.database, subject, toStatsRequest(args, info));
    },
  }),
);

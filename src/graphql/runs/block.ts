import type { BlockRecord } from '../../store/read/blocks.ts';
import { toBlockListing } from '../../store/read/blocks.ts';
import { toBlockRecords } from '../../store/read/blocks-of-run.ts';
import { toBlockStats } from '../../store/read/statistics/stats-subjects.ts';
import { BLOCKS } from '../../store/read/subjects/blocks.ts';
import { builder } from '../builder.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { PAGE_COST } from '../connections/list-cost.ts';
import { listArgs } from '../connections/page-args.ts';
import { readActingTenant } from '../context.ts';
import { blockInputs } from '../filters/inputs.ts';
import { toGlobalId } from '../global-id.ts';
import { describeName, findName } from '../names/find-name.ts';
import { nameOfKey } from '../names/name-of-key.ts';
import { NodeRef, registerNode } from '../node.ts';
import { addStatsQuery, statsType } from '../stats.ts';
import { AutomationRunRef } from './automation-run-ref.ts';
import { reportedFields } from './run-metrics.ts';

export const BlockRef = builder.objectRef<BlockRecord>('Block').implement({
  description: 'One block that a run executed, as its run reports it.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description:
        'The global id, for `node`. It names the run and the ordinal, because Qlik gives blocks no id.',
      resolve: ({ tenantId, runId, ordinal }) => toGlobalId('Block', tenantId, runId, ordinal),
    }),
    run: t.field({
      type: AutomationRunRef,
      nullable: false,
      description: 'The run that executed the block.',
      resolve: async ({ tenantId, runId }, _args, { load }) => {
        const run = await load.run.load({ tenantId, id: runId });
        if (run === undefined) throw new Error('A block has no run.');
        return run;
      },
    }),
    ordinal: t.exposeInt('ordinal', {
      nullable: false,
      description: "The index in the run's list as sent, from 0.",
    }),
    ...reportedFields(t),
    connectorName: t.string({
      description: describeName('connector'),
      resolve: ({ tenantId, connectorId }, _args, context) =>
        findName(context, 'CONNECTOR', tenantId, connectorId),
    }),
    blockName: t.exposeString('blockName', {
      description: 'The name of the block. Qlik sends it for base blocks.',
    }),
    params: t.expose('params', {
      type: ['JSON'],
      nullable: { list: true, items: true },
      description: 'The parameters as sent. Qlik sends them for base blocks.',
    }),
    durationMs: t.expose('durationMs', {
      type: 'SafeInt',
      description: 'How long the block ran, in milliseconds.',
    }),
  }),
});

export const BlockConnection = connectionType('Block', BlockRef, 'blocks', PAGE_COST);

registerNode('Block', 'sn', async ({ load }, tenantId, [runId, ordinal]: [string, number]) => {
  const run = await load.run.load({ tenantId, id: runId });
  return run && toBlockRecords(run).find((block) => block.ordinal === ordinal);
});

builder.queryField('blocks', (t) =>
  t.field({
    scope: 'events:read',
    ...BlockConnection.field,
    description:
      'The blocks of all runs: newest run first, and the blocks of a run in its order, unless `orderBy` is set.',
    args: listArgs(t.arg, blockInputs),
    resolve: async (_root, args, context) =>
      toConnection(toBlockListing(await readActingTenant(context), args), args),
  }),
);

const BlockStats = statsType(BLOCKS, blockInputs, (t) => ({
  connectorName: nameOfKey(t, 'CONNECTOR', 'CONNECTOR', 'connector'),
  endpointName: nameOfKey(t, 'ENDPOINT', 'ENDPOINT', 'endpoint'),
}));

addStatsQuery('blockStats', 'blocks', BlockStats, toBlockStats);

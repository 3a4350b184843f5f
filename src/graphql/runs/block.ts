import type { BlockRecord } from '../../store/read/blocks.ts';
import { toBlockListing } from '../../store/read/blocks.ts';
import { toBlockRecords } from '../../store/read/blocks-of-run.ts';
import { builder } from '../builder.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { listArgs } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { BlockFilterRef } from '../filters/filters.ts';
import { BlockOrderRef } from '../filters/orders.ts';
import { toGlobalId } from '../global-id.ts';
import { NodeRef, registerNode } from '../node.ts';
import { BlockTypeRef } from './automation-run-enums.ts';
import { AutomationRunRef } from './automation-run-ref.ts';

export const BlockRef = builder.objectRef<BlockRecord>('Block').implement({
  description: 'One block that a run executed, as its list tells it.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Global id: the run and the place in its list, as a block has no id of its own.',
      resolve: ({ tenantId, runId, ordinal }) => toGlobalId('Block', tenantId, runId, ordinal),
    }),
    run: t.field({
      type: AutomationRunRef,
      nullable: false,
      description: 'The run that executed it.',
      resolve: async ({ tenantId, runId }, _args, { load }) => {
        const run = await load.run.load({ tenantId, id: runId });
        if (run === undefined) throw new Error('A block has no run.');
        return run;
      },
    }),
    ordinal: t.exposeInt('ordinal', {
      nullable: false,
      description: "Place in the run's list as sent, from 0.",
    }),
    type: t.field({
      type: BlockTypeRef,
      nullable: false,
      description: 'The kind of block.',
      resolve: (block) => block.type as typeof BlockTypeRef.$inferType,
    }),
    typeName: t.exposeString('typeName', { description: 'The kind as sent: `endpointBlock`.' }),
    blockName: t.exposeString('blockName', { description: 'The name of the block; sent for base blocks.' }),
    params: t.field({
      type: ['JSON'],
      nullable: { list: true, items: true },
      description: 'The parameters as sent; sent for base blocks.',
      resolve: (block) => block.params as unknown[] | null,
    }),
    rxBytes: t.expose('rxBytes', { type: 'SafeInt', description: 'Bytes received.' }),
    txBytes: t.expose('txBytes', { type: 'SafeInt', description: 'Bytes sent.' }),
    apiCalls: t.expose('apiCalls', { type: 'SafeInt', description: 'Calls of external APIs.' }),
    durationMs: t.expose('durationMs', { type: 'SafeInt', description: 'How long it ran, in milliseconds.' }),
    snippetId: t.exposeID('snippetId', { description: 'The snippet it belongs to.' }),
    endpointId: t.exposeID('endpointId', { description: "The connector's endpoint it called." }),
    connectorId: t.exposeID('connectorId', { description: 'The connector it used.' }),
  }),
});

export const BlockConnectionRef = connectionType('Block', BlockRef, 'blocks');

registerNode('Block', 'sn', async ({ load }, tenantId, [runId, ordinal]: [string, number]) => {
  const run = await load.run.load({ tenantId, id: runId });
  return run && toBlockRecords(run).find((block) => block.ordinal === ordinal);
});

builder.queryField('blocks', (t) =>
  t.field({
    type: BlockConnectionRef,
    nullable: false,
    description: "Blocks across runs: those of the newest run first, each run's in their order.",
    args: listArgs(t.arg, BlockFilterRef, BlockOrderRef),
    resolve: async (_root, args, context) =>
      toConnection(context, toBlockListing(await requireReader(context), args), args),
  }),
);

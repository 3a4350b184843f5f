import type { FieldMap } from '@pothos/core';
import type { BlockFacts, RunMetrics } from '../../domain/runs/automation-run.ts';
import { builder, type TypesOf } from '../builder.ts';
import { PART_OF_PARENT } from '../connections/list-cost.ts';
import { BlockTypeRef } from './automation-run-enums.ts';

interface NetworkUsage {
  rxBytes: number | null | undefined;
  txBytes: number | null | undefined;
}

export const NetworkUsageRef = builder.objectRef<NetworkUsage>('NetworkUsage').implement({
  description: 'The network usage as reported for a whole run. It is not the sum over the blocks.',
  fields: (t) => ({
    rxBytes: t.expose('rxBytes', { type: 'SafeInt', description: 'The bytes received.' }),
    txBytes: t.expose('txBytes', { type: 'SafeInt', description: 'The bytes sent.' }),
  }),
});

type Reported = 'typeName' | 'rxBytes' | 'txBytes' | 'apiCalls' | 'snippetId' | 'endpointId' | 'connectorId';

/** The fields that a block has both in its run and in the metrics of the run. */
export function reportedFields<
  Parent extends Pick<BlockFacts, 'type'> & { [Name in Reported]: BlockFacts[Name] | null },
>(t: PothosSchemaTypes.ObjectFieldBuilder<TypesOf, Parent>): FieldMap {
  const id = (name: 'snippetId' | 'endpointId' | 'connectorId', what: string) =>
    t.id({ description: `Qlik's id of the ${what}.`, resolve: (block) => block[name] });
  const number = (name: 'rxBytes' | 'txBytes' | 'apiCalls', description: string) =>
    t.field({ type: 'SafeInt', description, resolve: (block) => block[name] });
  return {
    type: t.field({
      type: BlockTypeRef,
      nullable: false,
      description: 'The kind of the block.',
      resolve: (block) => block.type,
    }),
    typeName: t.string({
      description: 'The kind of the block as sent: `endpointBlock`.',
      resolve: (block) => block.typeName,
    }),
    rxBytes: number('rxBytes', 'The bytes that the block received.'),
    txBytes: number('txBytes', 'The bytes that the block sent.'),
    apiCalls: number('apiCalls', 'The number of calls to external APIs.'),
    snippetId: id('snippetId', 'snippet that the block belongs to'),
    endpointId: id('endpointId', "connector's endpoint that the block called"),
    connectorId: id('connectorId', 'connector that the block used'),
  };
}

const BlockMetricsRef = builder.objectRef<BlockFacts>('BlockMetrics').implement({
  description: 'One block as reported in `data.metrics.blocks`.',
  fields: (t) => ({
    ...reportedFields(t),
  }),
});

export const AutomationRunMetricsRef = builder.objectRef<RunMetrics>('AutomationRunMetrics').implement({
  description: 'The values in `data.metrics` of a run, exactly as reported.',
  fields: (t) => ({
    network: t.field({
      type: NetworkUsageRef,
      description: 'The network usage in `data.metrics.network`.',
      resolve: (metrics) => (metrics.hasNetwork ? metrics : null),
    }),
    totalApiCalls: t.expose('totalApiCalls', {
      type: 'SafeInt',
      description: 'The API calls in `data.metrics.totalApiCalls`.',
    }),
    blocks: t.expose('blocks', {
      type: [BlockMetricsRef],
      nullable: false,
      extensions: PART_OF_PARENT,
      description: 'The blocks in `data.metrics.blocks`, in the order sent.',
    }),
  }),
});

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

type ReportedName =
  | 'typeName'
  | 'rxBytes'
  | 'txBytes'
  | 'apiCalls'
  | 'snippetId'
  | 'endpointId'
  | 'connectorId';
type ReportedBlock = Pick<BlockFacts, 'type'> & { [Name in ReportedName]: BlockFacts[Name] | null };

/**
 * The fields that a block has both in its run and in the metrics of the run. They are exposed
 * without a resolver: a resolver would be called for each field of each block.
 */
export function reportedFields(t: PothosSchemaTypes.ObjectFieldBuilder<TypesOf, ReportedBlock>): FieldMap {
  return {
    type: t.expose('type', { type: BlockTypeRef, nullable: false, description: 'The kind of the block.' }),
    typeName: t.exposeString('typeName', {
      description: 'The kind of the block as sent: `endpointBlock`.',
    }),
    rxBytes: t.expose('rxBytes', { type: 'SafeInt', description: 'The bytes that the block received.' }),
    txBytes: t.expose('txBytes', { type: 'SafeInt', description: 'The bytes that the block sent.' }),
    apiCalls: t.expose('apiCalls', {
      type: 'SafeInt',
      description: 'The number of calls to external APIs.',
    }),
    snippetId: t.exposeID('snippetId', {
      description: "Qlik's id of the snippet that the block belongs to.",
    }),
    endpointId: t.exposeID('endpointId', {
      description: "Qlik's id of the connector's endpoint that the block called.",
    }),
    connectorId: t.exposeID('connectorId', {
      description: "Qlik's id of the connector that the block used.",
    }),
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

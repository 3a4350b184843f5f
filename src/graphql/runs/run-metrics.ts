import type { BlockFacts, RunMetrics } from '../../domain/runs/automation-run.ts';
import { builder } from '../builder.ts';
import { BlockTypeRef } from './automation-run-enums.ts';

interface NetworkUsage {
  rxBytes: number | null | undefined;
  txBytes: number | null | undefined;
}

export const NetworkUsageRef = builder.objectRef<NetworkUsage>('NetworkUsage').implement({
  description: 'Bytes over the network as reported for a whole run; not the sum over its blocks.',
  fields: (t) => ({
    rxBytes: t.expose('rxBytes', { type: 'SafeInt', description: 'Bytes received.' }),
    txBytes: t.expose('txBytes', { type: 'SafeInt', description: 'Bytes sent.' }),
  }),
});

const BlockMetricsRef = builder.objectRef<BlockFacts>('BlockMetrics').implement({
  description: 'One block as `data.metrics.blocks` reports it.',
  fields: (t) => ({
    type: t.expose('type', { type: BlockTypeRef, nullable: false, description: 'The kind of block.' }),
    typeName: t.exposeString('typeName', { description: 'The kind as sent.' }),
    rxBytes: t.expose('rxBytes', { type: 'SafeInt', description: 'Bytes received.' }),
    txBytes: t.expose('txBytes', { type: 'SafeInt', description: 'Bytes sent.' }),
    apiCalls: t.expose('apiCalls', { type: 'SafeInt', description: 'Calls of external APIs.' }),
    snippetId: t.exposeID('snippetId', { description: 'The snippet it belongs to.' }),
    endpointId: t.exposeID('endpointId', { description: "The connector's endpoint it called." }),
    connectorId: t.exposeID('connectorId', { description: 'The connector it used.' }),
  }),
});

export const AutomationRunMetricsRef = builder.objectRef<RunMetrics>('AutomationRunMetrics').implement({
  description: '`data.metrics` exactly as reported.',
  fields: (t) => ({
    network: t.field({
      type: NetworkUsageRef,
      description: '`data.metrics.network`.',
      resolve: (metrics) => (metrics.hasNetwork ? metrics : null),
    }),
    totalApiCalls: t.expose('totalApiCalls', {
      type: 'SafeInt',
      description: '`data.metrics.totalApiCalls`.',
    }),
    blocks: t.expose('blocks', {
      type: [BlockMetricsRef],
      nullable: false,
      description: '`data.metrics.blocks`, in the order sent.',
    }),
  }),
});

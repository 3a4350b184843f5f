import { sql } from 'drizzle-orm';
import { blocks } from '../../tables/projection-tables.ts';
import { durationsOf, sumOf } from './aggregates.ts';
import { defineSubject } from './subject.ts';

export const BLOCKS = defineSubject({
  name: 'Block',
  plural: 'blocks',
  table: blocks,
  key: ['runId', 'ordinal'],
  fallback: { field: 'RUN_OCCURRED_AT', direction: 'DESC' },
  fields: {
    type: {
      kind: 'word',
      enum: 'BlockType',
      filter: 'the kind of the block',
      grouping: ['TYPE', 'kind of block'],
    },
    blockName: {
      kind: 'text',
      folded: 'blockNameKey',
      filter: 'the name of the block',
      grouping: ['BLOCK_NAME', 'block name'],
    },
    connectorId: {
      kind: 'id',
      filter: "the Qlik id of the block's connector",
      grouping: ['CONNECTOR', 'connector'],
    },
    endpointId: {
      kind: 'id',
      filter: "the Qlik id of the block's endpoint",
      grouping: ['ENDPOINT', 'endpoint'],
    },
    snippetId: { kind: 'id', filter: "the Qlik id of the block's snippet", grouping: ['SNIPPET', 'snippet'] },
    automationId: { kind: 'id', grouping: ['AUTOMATION', 'automation'] },
    runOccurredAt: {
      kind: 'instant',
      order: ['RUN_OCCURRED_AT', 'the time of the run; within a run by the position in its list'],
    },
    apiCalls: { kind: 'integer', filter: 'the API calls of the block', order: ['API_CALLS', 'API calls'] },
    rxBytes: {
      kind: 'integer',
      filter: 'the bytes that the block received',
      order: ['RX_BYTES', 'the bytes received'],
    },
    txBytes: {
      kind: 'integer',
      filter: 'the bytes that the block sent',
      order: ['TX_BYTES', 'the bytes sent'],
    },
    durationMs: {
      kind: 'integer',
      filter: 'the run time of the block, in ms',
      order: ['DURATION', 'how long the block ran'],
    },
  },
  relations: { run: { to: 'AutomationRun', filter: 'blocks of such runs' } },
  statistics: {
    time: blocks.runOccurredAt,
    timeFilter: ['run', 'occurredAt'],
    aggregates: {
      runCount: {
        kind: 'count',
        value: sql`count(distinct ${blocks.runId})`,
        order: 'RUN_COUNT',
        description: 'The number of runs that the blocks belong to.',
      },
      apiCalls: sumOf(
        blocks.apiCalls,
        'API_CALLS',
        'The sum of the API calls. Null if no block reports them.',
      ),
      rxBytes: sumOf(
        blocks.rxBytes,
        'RX_BYTES',
        'The sum of the bytes received. Null if no block reports them.',
      ),
      txBytes: sumOf(blocks.txBytes, 'TX_BYTES', 'The sum of the bytes sent. Null if no block reports them.'),
      duration: durationsOf(
        blocks.durationMs,
        { DURATION_P95: 'p95', DURATION_MAX: 'max' },
        'How long the blocks ran, in milliseconds.',
      ),
    },
  },
});

import type { Row } from './oracle.ts';
import type { StatsOf } from './stats-oracle.ts';

const is =
  (name: string, ...values: unknown[]) =>
  (row: Row) =>
    values.includes(row.values[name]);
const grouping = (value: string) => ({ value, field: value });

export const RUN_STATS: StatsOf = {
  field: 'automationRunStats',
  filterType: 'AutomationRunFilter',
  groupingType: 'AutomationRunGrouping',
  orderType: 'AutomationRunStatsOrder',
  time: 'occurredAt',
  timeFilter: ['occurredAt'],
  groupings: {
    AUTOMATION: grouping('automationId'),
    STATUS: grouping('status'),
    OUTCOME: grouping('outcome'),
    CONTEXT: grouping('context'),
    EXECUTOR: grouping('executedById'),
    OWNER: grouping('ownerId'),
    SPACE: grouping('spaceId'),
    BILLABLE: grouping('billable'),
  },
  counts: {
    successCount: is('outcome', 'SUCCESS'),
    warningCount: is('outcome', 'WARNING'),
    failureCount: is('outcome', 'FAILURE'),
    billableCount: is('billable', true),
  },
  sums: { totalApiCalls: 'totalApiCalls', rxBytes: 'rxBytes', txBytes: 'txBytes' },
  durations: { duration: 'durationMs', queued: 'queuedMs' },
  orders: {
    FAILURE_COUNT: 'failureCount',
    BILLABLE_COUNT: 'billableCount',
    TOTAL_API_CALLS: 'totalApiCalls',
    RX_BYTES: 'rxBytes',
    TX_BYTES: 'txBytes',
    DURATION_P50: 'duration.p50',
    DURATION_P95: 'duration.p95',
    DURATION_MAX: 'duration.max',
  },
  others: {},
};

export const BLOCK_STATS: StatsOf = {
  field: 'blockStats',
  filterType: 'BlockFilter',
  groupingType: 'BlockGrouping',
  orderType: 'BlockStatsOrder',
  time: 'runOccurredAt',
  timeFilter: ['run', 'occurredAt'],
  groupings: {
    TYPE: grouping('type'),
    CONNECTOR: grouping('connectorId'),
    ENDPOINT: grouping('endpointId'),
    SNIPPET: grouping('snippetId'),
    BLOCK_NAME: grouping('blockName'),
    AUTOMATION: grouping('automationId'),
  },
  counts: {},
  sums: { apiCalls: 'apiCalls', rxBytes: 'rxBytes', txBytes: 'txBytes' },
  durations: { duration: 'durationMs' },
  orders: {
    RUN_COUNT: 'runCount',
    API_CALLS: 'apiCalls',
    RX_BYTES: 'rxBytes',
    TX_BYTES: 'txBytes',
    DURATION_P95: 'duration.p95',
    DURATION_MAX: 'duration.max',
  },
  others: { runCount: (rows) => new Set(rows.map(({ key }) => key)).size },
};

export const RELOAD_STATS: StatsOf = {
  field: 'appReloadStats',
  filterType: 'AppReloadFilter',
  groupingType: 'AppReloadGrouping',
  orderType: 'AppReloadStatsOrder',
  time: 'occurredAt',
  timeFilter: ['occurredAt'],
  groupings: { APP: grouping('appId'), STATUS: grouping('status') },
  counts: { succeededCount: is('status', 'SUCCEEDED'), failedCount: is('status', 'FAILED') },
  sums: {},
  durations: { duration: 'durationMs' },
  orders: {
    FAILED_COUNT: 'failedCount',
    DURATION_P95: 'duration.p95',
    DURATION_MAX: 'duration.max',
    MAX_PEAK_MEMORY_BYTES: 'maxPeakMemoryBytes',
  },
  others: {
    maxPeakMemoryBytes: (rows) => {
      const sizes = rows.map((row) => row.values.peakMemoryBytes ?? null).filter((size) => size !== null);
      return sizes.length === 0 ? null : Math.max(...sizes.map(Number));
    },
  },
};

const DURATION = '{ count sum min avg p50 p90 p95 p99 max }';

/** Everything that a row of statistics can say. */
export function toStatsSelection({ groupings, counts, sums, others, durations }: StatsOf): string {
  const plain = [counts, sums, others].flatMap((fields) => Object.keys(fields));
  const keys = Object.values(groupings).map(({ field }) => field);
  const nested = Object.keys(durations).map((name) => `${name} ${DURATION}`);
  return `{ bucketStart count ${[...keys, ...plain, ...nested].join(' ')} }`;
}

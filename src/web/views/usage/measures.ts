import { formatBytes, formatCount } from '../../format/numbers.ts';
import type { BlockOrderField, ConnectorUsageData, MonthStats, RunOrderField } from './usage-documents.ts';

type ConnectorStats = ConnectorUsageData['ofBlocks'][number];

/** What runs cost, in the address as `by=`. */
export interface Measure {
  name: string;
  label: string;
  format(value: number | null | undefined): string;
  ofRuns(stats: Pick<MonthStats, 'billableCount' | 'totalApiCalls' | 'rxBytes' | 'txBytes'>): number | null;
  ofConnector(stats: ConnectorStats): number | null;
  runOrder: RunOrderField;
  blockOrder: BlockOrderField;
}

/** The measures; the first is shown without `by` in the address. */
export const MEASURES: readonly [Measure, ...Measure[]] = [
  {
    ...{ name: 'calls', label: 'API calls', format: formatCount },
    ...{ ofRuns: ({ totalApiCalls }) => totalApiCalls, ofConnector: ({ apiCalls }) => apiCalls },
    ...{ runOrder: 'TOTAL_API_CALLS', blockOrder: 'API_CALLS' },
  },
  {
    ...{ name: 'received', label: 'Received', format: formatBytes },
    ...{ ofRuns: ({ rxBytes }) => rxBytes, ofConnector: ({ rxBytes }) => rxBytes },
    ...{ runOrder: 'RX_BYTES', blockOrder: 'RX_BYTES' },
  },
  {
    ...{ name: 'sent', label: 'Sent', format: formatBytes },
    ...{ ofRuns: ({ txBytes }) => txBytes, ofConnector: ({ txBytes }) => txBytes },
    ...{ runOrder: 'TX_BYTES', blockOrder: 'TX_BYTES' },
  },
  {
    ...{ name: 'billable', label: 'Billable runs', format: formatCount },
    ...{ ofRuns: ({ billableCount }) => billableCount, ofConnector: ({ runCount }) => runCount },
    ...{ runOrder: 'BILLABLE_COUNT', blockOrder: 'RUN_COUNT' },
  },
];

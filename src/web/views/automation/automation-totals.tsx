import { formatBytes, formatCount, formatDuration, formatShare } from '../../format/numbers.ts';
import { Figure } from '../../parts/figure.tsx';
import type { AutomationData } from './automation-documents.ts';

/** The numbers of the runs that the list shows. */
export function AutomationTotals({ data }: { data: AutomationData }) {
  const [total] = data.total;
  if (total === undefined) return null;
  const { count, successCount, failureCount, duration } = total;
  return (
    <div class="panel figures">
      <Figure name="total" label="Runs" value={count} text={formatCount(count)}>
        {formatCount(total.billableCount)} billable
      </Figure>
      <Figure
        name="success-count"
        label="Success"
        value={successCount}
        text={formatShare(successCount, count)}
      >
        {formatCount(successCount)} runs
      </Figure>
      <Figure
        name="failure-count"
        label="Failed"
        value={failureCount}
        text={formatCount(failureCount)}
        tone={failureCount > 0 ? 'failure' : undefined}
      >
        {formatShare(failureCount, count)} of runs
      </Figure>
      <Figure name="p95" label="Duration p95" value={duration.p95} text={formatDuration(duration.p95)}>
        median {formatDuration(duration.p50)}, longest {formatDuration(duration.max)}
      </Figure>
      <Figure
        name="api-calls"
        label="API calls"
        value={total.totalApiCalls}
        text={formatCount(total.totalApiCalls)}
      />
      <Figure name="rx-bytes" label="Received" value={total.rxBytes} text={formatBytes(total.rxBytes)}>
        sent {formatBytes(total.txBytes)}
      </Figure>
    </div>
  );
}

import type { ResultOf } from 'gql.tada';
import { formatCount, formatDuration, formatShare } from '../../format/numbers.ts';
import type { RunsTotalDocument } from './runs-documents.ts';

type Stats = ResultOf<typeof RunsTotalDocument>['automationRunStats'][number];

/** The numbers of all runs that match the filter, loaded or not. */
export function RunsTotal({ stats }: { stats: Stats | undefined }) {
  if (stats === undefined) return null;
  const { count, failureCount, duration } = stats;
  return (
    <p class="totals">
      <b data-testid="total" data-value={count}>
        {formatCount(count)}
      </b>{' '}
      runs ·{' '}
      <b data-testid="failure-count" data-value={failureCount}>
        {formatCount(failureCount)}
      </b>{' '}
      failed ({formatShare(failureCount, count)}) · p95{' '}
      <b data-testid="p95" data-value={duration.p95 ?? ''}>
        {formatDuration(duration.p95)}
      </b>
    </p>
  );
}

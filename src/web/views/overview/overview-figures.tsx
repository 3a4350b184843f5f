import type { ResultOf } from 'gql.tada';
import { toWords } from '../../format/names.ts';
import { formatCount, formatDuration, formatShare } from '../../format/numbers.ts';
import { Figure } from '../../parts/figure.tsx';
import { OUTCOMES, OutcomeBadge } from '../../parts/outcome.tsx';
import { linkTo, type ParamChanges } from '../../routing/place.ts';
import type { Range } from '../../routing/range.ts';
import type { OverviewDocument } from './overview-documents.ts';

export type OverviewData = ResultOf<typeof OverviewDocument>;

/** The numbers of the range in one row. Each leads to the runs that it counts. */
export function OverviewFigures({ data, range }: { data: OverviewData; range: Range }) {
  // The lists have another range where the address names none.
  const toList = (path: string, changes: ParamChanges = {}) =>
    linkTo(path, { ...(range !== 'custom' && { range }), ...changes });
  const [total] = data.total;
  const [reloads] = data.reloads;
  if (total === undefined || reloads === undefined) return null;
  const counts = new Map(data.byOutcome.map(({ outcome, count }) => [outcome, count]));
  return (
    <div class="figures panel">
      <Figure
        name="run-count"
        label="Runs"
        value={total.count}
        text={formatCount(total.count)}
        href={toList('/runs')}
      />
      <Figure
        name="failure-count"
        label="Failed"
        value={total.failureCount}
        text={formatCount(total.failureCount)}
        tone={total.failureCount > 0 ? 'failure' : undefined}
        href={toList('/runs', { outcome: 'FAILURE' })}
      >
        {formatShare(total.failureCount, total.count)} of runs
      </Figure>
      <Figure
        name="p95"
        label="Duration p95"
        value={total.duration.p95}
        text={formatDuration(total.duration.p95)}
      >
        median {formatDuration(total.duration.p50)}
      </Figure>
      <Figure
        name="failed-reload-count"
        label="Failed reloads"
        value={reloads.failedCount}
        text={formatCount(reloads.failedCount)}
        tone={reloads.failedCount > 0 ? 'failure' : undefined}
        href={toList('/apps')}
      >
        of {formatCount(reloads.count)}, p95 {formatDuration(reloads.duration.p95)}
      </Figure>
      <div class="figure outcomes">
        <span class="figure-label">Runs by outcome</span>
        <ul>
          {OUTCOMES.filter((outcome) => counts.has(outcome)).map((outcome) => (
            <li key={outcome}>
              <a href={toList('/runs', { outcome })} title={`Show the runs: ${toWords(outcome)}`}>
                <OutcomeBadge outcome={outcome} />
                <b data-testid={`outcome-${outcome}`} data-value={counts.get(outcome)}>
                  {formatCount(counts.get(outcome))}
                </b>
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

import { toListState, ViewFrame } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useQuery } from '../../data/use-query.ts';
import { FilterBar } from '../../parts/filters/filter-bar.tsx';
import { toWhere } from '../../parts/filters/filter-field.ts';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { usePlace } from '../../routing/place.ts';
import { useListRange } from '../../routing/use-bounds.ts';
import { RUN_FILTERS, type RunWhere } from './run-filters.ts';
import { RunList, useRunList } from './run-list.tsx';
import { RunsTotalDocument } from './runs-documents.ts';
import { RunsTotal } from './runs-total.tsx';

/** The list of runs: filters, order, total, live rows. */
export function RunsView(_props: ViewProps) {
  const place = usePlace();
  const occurredAt = useListRange();
  const where = toWhere<RunWhere>(place, RUN_FILTERS, occurredAt ? { occurredAt } : {});
  const total = useQuery(RunsTotalDocument, { where });
  const runs = useRunList(where, total.reload);
  const { list } = runs;
  const { rows, error, isLoading } = list;
  const hasFilter = Object.keys(where).length > 0;
  const state = toListState(list);
  return (
    <ViewFrame
      name="runs"
      state={state}
      title="Runs"
      where={where}
      beside={<RunsTotal stats={total.data?.automationRunStats[0]} />}
    >
      <FilterBar fields={RUN_FILTERS} />
      {error && <Failure error={error} onRetry={list.reload} />}
      {isLoading && rows.length === 0 && !error && <Loading rows={12} />}
      {state === 'empty' && (
        <Empty title={hasFilter ? 'No run matches these filters' : 'No run has ended yet'}>
          <p>{hasFilter ? 'Remove a filter or choose a longer range.' : 'Runs appear here as they end.'}</p>
        </Empty>
      )}
      <RunList state={runs} total={total.data?.automationRunStats[0]?.count} />
    </ViewFrame>
  );
}

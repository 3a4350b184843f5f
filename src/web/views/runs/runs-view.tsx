import type { ResultOf, VariablesOf } from 'gql.tada';
import { ViewFrame, type ViewState } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useQuery } from '../../data/use-query.ts';
import { useRows } from '../../data/use-rows.ts';
import { FilterBar } from '../../parts/filters/filter-bar.tsx';
import { toWhere } from '../../parts/filters/filter-field.ts';
import { ColumnHeads, type ListOrder, useOrder } from '../../parts/rows/columns.tsx';
import { NewRows, useNewRows } from '../../parts/rows/new-rows.tsx';
import { useRowHeight } from '../../parts/rows/row-height.ts';
import { VirtualRows } from '../../parts/rows/virtual-rows.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { usePlace } from '../../routing/place.ts';
import { useListRange } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { RUN_FILTERS, type RunWhere } from './run-filters.ts';
import { RUN_COLUMNS, RunCells } from './run-row.tsx';
import { type RunRow, RunsDocument, RunsFeedDocument, RunsTotalDocument } from './runs-documents.ts';
import { RunsTotal } from './runs-total.tsx';

type OrderField = VariablesOf<typeof RunsDocument>['orderBy'][number]['field'];

const PAGE = 100;
const NEWEST_FIRST: ListOrder = { field: 'OCCURRED_AT', direction: 'DESC' };

/** The list of runs: filters, order, total, live rows. */
export function RunsView(_props: ViewProps) {
  const place = usePlace();
  const zone = useZone();
  const rowHeight = useRowHeight();
  const occurredAt = useListRange();
  const where = toWhere<RunWhere>(place, RUN_FILTERS, occurredAt ? { occurredAt } : {});
  const order = useOrder(RUN_COLUMNS, NEWEST_FIRST);
  const orderBy = [{ field: order.field as OrderField, direction: order.direction }];
  const list = useRows({
    document: RunsDocument,
    toVariables: (after) => ({ where, orderBy, first: PAGE, after }),
    toPage: ({ eventLog, automationRuns: { nodes, pageInfo } }) => ({
      ...pageInfo,
      rows: nodes,
      headCursor: eventLog.headCursor,
    }),
    toKey: ({ runId }: RunRow) => runId,
  });
  const total = useQuery(RunsTotalDocument, { where });
  const isNewestFirst = order.field === NEWEST_FIRST.field && order.direction === 'DESC';
  const fresh = useNewRows({
    ...{ list, canInsert: isNewestFirst, onRow: total.reload },
    document: RunsFeedDocument,
    toVariables: (after: string) => ({ where, after }),
    toDelivery: ({ automationRunEnded: { cursor, run } }: ResultOf<typeof RunsFeedDocument>) => ({
      cursor,
      row: run,
    }),
    toKey: ({ runId }: RunRow) => runId,
  });
  const { rows, error, isLoading } = list;
  const hasFilter = Object.keys(where).length > 0;
  const state: ViewState =
    error && (isLoading || rows.length === 0)
      ? 'error'
      : isLoading
        ? 'loading'
        : rows.length === 0
          ? 'empty'
          : 'ready';
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
      <NewRows fresh={fresh} />
      {rows.length > 0 && (
        <div
          class="list runs-list"
          role="table"
          aria-label="Runs"
          aria-rowcount={total.data?.automationRunStats[0]?.count ?? -1}
          aria-busy={isLoading}
          {...fresh.holdHandlers}
        >
          <ColumnHeads columns={RUN_COLUMNS} order={order} fallback={NEWEST_FIRST} />
          <VirtualRows
            rows={rows}
            rowHeight={rowHeight}
            toKey={({ runId }) => runId}
            toAttributes={({ runId, outcome }) => ({
              'data-testid': 'run-row',
              'data-run-id': runId,
              'data-outcome': outcome,
              ...(fresh.isNew(runId) && { 'data-new': '' }),
            })}
            renderRow={(run) => <RunCells run={run} zone={zone} />}
            onEnd={list.loadMore}
          />
        </div>
      )}
      {list.hasNextPage && <p class="muted list-end">Loading further runs…</p>}
    </ViewFrame>
  );
}

import type { ResultOf, VariablesOf } from 'gql.tada';
import { type Rows, useRows } from '../../data/use-rows.ts';
import { ColumnHeads, type ListOrder, useOrder } from '../../parts/rows/columns.tsx';
import { type FreshRows, NewRows, useNewRows } from '../../parts/rows/new-rows.tsx';
import { useRowHeight } from '../../parts/rows/row-height.ts';
import { VirtualRows } from '../../parts/rows/virtual-rows.tsx';
import { useZone } from '../../routing/zone.ts';
import type { RunWhere } from './run-filters.ts';
import { RUN_COLUMNS, RunCells } from './run-row.tsx';
import { type RunRow, RunsDocument, RunsFeedDocument } from './runs-documents.ts';

type OrderField = VariablesOf<typeof RunsDocument>['orderBy'][number]['field'];

const PAGE = 100;
const NEWEST_FIRST: ListOrder = { field: 'OCCURRED_AT', direction: 'DESC' };

/** The loaded runs of a filter, and those that arrive. */
export interface RunListState {
  list: Rows<RunRow>;
  fresh: FreshRows;
  order: ListOrder;
}

/** Reads the runs of a filter page by page and follows them. `onRow` is called after new runs. */
export function useRunList(where: RunWhere, onRow: () => void): RunListState {
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
  const isNewestFirst = order.field === NEWEST_FIRST.field && order.direction === 'DESC';
  const fresh = useNewRows({
    ...{ list, canInsert: isNewestFirst, onRow },
    document: RunsFeedDocument,
    toVariables: (after: string) => ({ where, after }),
    toDelivery: ({ automationRunEnded: { cursor, run } }: ResultOf<typeof RunsFeedDocument>) => ({
      cursor,
      row: run,
    }),
    toKey: ({ runId }: RunRow) => runId,
  });
  return { list, fresh, order };
}

/** The rows of a list of runs. `total` is the number of all that match, loaded or not. */
export function RunList({ state, total }: { state: RunListState; total: number | undefined }) {
  const { list, fresh, order } = state;
  const zone = useZone();
  const rowHeight = useRowHeight();
  return (
    <>
      <NewRows fresh={fresh} />
      {list.rows.length > 0 && (
        <div
          class="list runs-list"
          role="table"
          aria-label="Runs"
          aria-rowcount={total ?? -1}
          aria-busy={list.isLoading}
          {...fresh.holdHandlers}
        >
          <ColumnHeads columns={RUN_COLUMNS} order={order} fallback={NEWEST_FIRST} />
          <VirtualRows
            rows={list.rows}
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
    </>
  );
}

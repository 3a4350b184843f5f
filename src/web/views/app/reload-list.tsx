import type { ResultOf, VariablesOf } from 'gql.tada';
import { type Rows, useRows } from '../../data/use-rows.ts';
import { toWords } from '../../format/names.ts';
import { formatBytes, formatDuration } from '../../format/numbers.ts';
import { OutcomeBadge, toReloadOutcome } from '../../parts/outcome.tsx';
import { type Column, ColumnHeads, type ListOrder, useOrder } from '../../parts/rows/columns.tsx';
import { type FreshRows, NewRows, useNewRows } from '../../parts/rows/new-rows.tsx';
import { NumberCell } from '../../parts/rows/number-cell.tsx';
import { useRowHeight } from '../../parts/rows/row-height.ts';
import { TimeCell } from '../../parts/rows/time-cell.tsx';
import { VirtualRows } from '../../parts/rows/virtual-rows.tsx';
import { toErrorText } from '../apps/app-row.tsx';
import { AppFeedDocument, type ReloadRow, ReloadsDocument } from './app-documents.ts';

type ReloadVariables = VariablesOf<typeof ReloadsDocument>;
type ReloadWhere = ReloadVariables['where'];
type OrderField = ReloadVariables['orderBy'][number]['field'];

const PAGE = 100;
const NEWEST_FIRST: ListOrder = { field: 'OCCURRED_AT', direction: 'DESC' };
const COLUMNS: readonly Column[] = [
  { label: 'Ended', order: 'OCCURRED_AT' },
  { label: 'Status' },
  { label: 'Duration', order: 'DURATION', isNumber: true },
  { label: 'Peak memory', order: 'PEAK_MEMORY', isNumber: true },
  { label: 'Errors and warnings' },
];

/** The loaded reloads of an app, and those that arrive. */
export interface ReloadListState {
  list: Rows<ReloadRow>;
  fresh: FreshRows;
  order: ListOrder;
}

/** Reads the reloads of an app and follows it. `onEvent` is called after each of its events. */
export function useReloadList(appId: string, where: ReloadWhere, onEvent: () => void): ReloadListState {
  const order = useOrder(COLUMNS, NEWEST_FIRST);
  const orderBy = [{ field: order.field as OrderField, direction: order.direction }];
  const list = useRows({
    document: ReloadsDocument,
    toVariables: (after) => ({ where, orderBy, first: PAGE, after }),
    toPage: ({ eventLog, appReloads: { nodes, pageInfo } }) => ({
      ...pageInfo,
      rows: nodes,
      headCursor: eventLog.headCursor,
    }),
    toKey: ({ id }: ReloadRow) => id,
  });
  const fresh = useNewRows({
    list,
    canInsert: order.field === NEWEST_FIRST.field && order.direction === 'DESC',
    onRow: onEvent,
    document: AppFeedDocument,
    toVariables: (after: string) => ({ appId, after }),
    toDelivery({ appChanged: { cursor, event } }: ResultOf<typeof AppFeedDocument>) {
      const reload = event.__typename === 'AppReloadFinishedEvent' ? event.reload : null;
      return { cursor, row: reload && isWithin(reload, where) ? reload : undefined };
    },
    toKey: ({ id }: ReloadRow) => id,
  });
  return { list, fresh, order };
}

/** Whether a reload is in the range of the list. The subscription matches apps, not reloads. */
function isWithin({ occurredAt }: ReloadRow, { occurredAt: range }: ReloadWhere): boolean {
  const time = Date.parse(occurredAt);
  const isAfter = !range?.gte || time >= Date.parse(range.gte);
  return isAfter && (!range?.lt || time < Date.parse(range.lt));
}

/** The rows of the list. `total` is the number of all reloads that match, loaded or not. */
export function ReloadList({
  state: { list, fresh, order },
  total,
  zone,
}: {
  state: ReloadListState;
  total: number | undefined;
  zone: string;
}) {
  const rowHeight = useRowHeight();
  return (
    <>
      <NewRows fresh={fresh} />
      {list.rows.length > 0 && (
        <div
          class="list reloads-list"
          role="table"
          aria-label="Reloads"
          aria-rowcount={total ?? -1}
          aria-busy={list.isLoading}
          {...fresh.holdHandlers}
        >
          <ColumnHeads columns={COLUMNS} order={order} fallback={NEWEST_FIRST} />
          <VirtualRows
            rows={list.rows}
            rowHeight={rowHeight}
            toKey={({ id }) => id}
            toAttributes={({ id, reloadId, status }) => ({
              'data-testid': 'reload-row',
              'data-id': id,
              'data-reload-id': reloadId ?? '',
              'data-status': status,
              ...(fresh.isNew(id) && { 'data-new': '' }),
            })}
            renderRow={(reload) => <ReloadCells reload={reload} zone={zone} />}
            onEnd={list.loadMore}
          />
        </div>
      )}
      {list.hasNextPage && <p class="muted list-end">Loading further reloads…</p>}
    </>
  );
}

function ReloadCells({ reload, zone }: { reload: ReloadRow; zone: string }) {
  const { status, statusName, occurredAt, durationMs, peakMemoryBytes, errors, warnings } = reload;
  const problems = toErrorText([...errors, ...warnings]);
  return (
    <>
      <TimeCell instant={occurredAt} zone={zone} />
      <div role="cell">
        <OutcomeBadge
          outcome={toReloadOutcome(status)}
          text={status === 'UNKNOWN' ? statusName : toWords(status)}
        />
      </div>
      <NumberCell value={durationMs} text={formatDuration(durationMs)} />
      <NumberCell value={peakMemoryBytes} text={formatBytes(peakMemoryBytes)} />
      <div role="cell" class="muted" title={problems}>
        {problems}
      </div>
    </>
  );
}

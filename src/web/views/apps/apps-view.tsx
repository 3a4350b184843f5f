import type { VariablesOf } from 'gql.tada';
import { useNow } from '../../app/use-now.ts';
import { toListState, ViewFrame } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useQuery } from '../../data/use-query.ts';
import { useRows } from '../../data/use-rows.ts';
import { FilterBar } from '../../parts/filters/filter-bar.tsx';
import { toWhere } from '../../parts/filters/filter-field.ts';
import { toDaysAgo } from '../../parts/filters/filter-kinds.ts';
import { useChangedRows } from '../../parts/rows/changed-rows.ts';
import { ColumnHeads, type ListOrder, useOrder } from '../../parts/rows/columns.tsx';
import { useRowHeight } from '../../parts/rows/row-height.ts';
import { VirtualRows } from '../../parts/rows/virtual-rows.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { setParams, usePlace } from '../../routing/place.ts';
import { useListRange } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { AppFigures, STALE_DAYS } from './app-figures.tsx';
import { APP_FILTERS, type AppWhere } from './app-filters.ts';
import { APP_COLUMNS, AppCells } from './app-row.tsx';
import { type AppRow, AppsDocument, AppsFeedDocument, AppsTotalDocument } from './apps-documents.ts';

type OrderField = VariablesOf<typeof AppsDocument>['orderBy'][number]['field'];

const PAGE = 100;
const NEWEST_FIRST: ListOrder = { field: 'LAST_EVENT_AT', direction: 'DESC' };

/** The list of apps. The range is that of the last event of an app. */
export function AppsView(_props: ViewProps) {
  const place = usePlace();
  const zone = useZone();
  const now = useNow();
  const rowHeight = useRowHeight();
  const lastEventAt = useListRange();
  const where = toWhere<AppWhere>(place, APP_FILTERS, lastEventAt === undefined ? {} : { lastEventAt });
  const includeDeleted = place.params.get('deleted') === 'true';
  const order = useOrder(APP_COLUMNS, NEWEST_FIRST);
  const orderBy = [{ field: order.field as OrderField, direction: order.direction }];
  const list = useRows({
    document: AppsDocument,
    toVariables: (after) => ({ where, orderBy, includeDeleted, first: PAGE, after }),
    toPage: ({ eventLog, apps: { nodes, pageInfo } }) => ({
      ...pageInfo,
      rows: nodes,
      headCursor: eventLog.headCursor,
    }),
    toKey: ({ appId }: AppRow) => appId,
  });
  const totals = useQuery(AppsTotalDocument, {
    where,
    includeDeleted,
    failing: { lastReload: { status: { in: ['FAILED', 'EXCEEDED_LIMIT'] } } },
    stale: { lastReload: { occurredAt: { lt: toDaysAgo(STALE_DAYS) } } },
  });
  const isNewestFirst = order.field === NEWEST_FIRST.field && order.direction === 'DESC';
  useChangedRows({
    list,
    feed: AppsFeedDocument,
    toDelivery: ({ appChanged: { cursor, app } }) => ({ cursor, id: app.appId }),
    document: AppsDocument,
    toVariables: (ids) => ({
      where: { and: [where, { appId: { in: ids } }] },
      ...{ orderBy, includeDeleted, first: PAGE },
    }),
    toRows: ({ apps }) => apps.nodes,
    toKey: ({ appId }: AppRow) => appId,
    toTime: (app) => (isNewestFirst ? app.lastEventAt : undefined),
    onChange: totals.reload,
  });
  const { rows, error, isLoading } = list;
  const state = toListState(list);
  const hasFilter = Object.keys(where).length > 0;
  return (
    <ViewFrame name="apps" state={state} title="Apps" where={where}>
      {totals.data && <AppFigures totals={totals.data} />}
      <div class="filters">
        <FilterBar fields={APP_FILTERS} />
        <button
          type="button"
          aria-pressed={includeDeleted}
          data-testid="include-deleted"
          onClick={() => setParams({ deleted: includeDeleted ? null : 'true' })}
        >
          {includeDeleted ? 'Hide deleted apps' : 'Show deleted apps'}
        </button>
      </div>
      {error && <Failure error={error} onRetry={list.reload} />}
      {isLoading && rows.length === 0 && !error && <Loading rows={12} />}
      {state === 'empty' && (
        <Empty title={hasFilter ? 'No app matches these filters' : 'No app event has arrived yet'}>
          <p>
            {hasFilter ? 'Remove a filter or choose a longer range.' : 'Apps appear here as they change.'}
          </p>
        </Empty>
      )}
      {rows.length > 0 && (
        <div
          class="list apps-list"
          role="table"
          aria-label="Apps"
          aria-rowcount={totals.data?.shown.totalCount ?? -1}
          aria-busy={isLoading}
        >
          <ColumnHeads columns={APP_COLUMNS} order={order} fallback={NEWEST_FIRST} />
          <VirtualRows
            rows={rows}
            rowHeight={rowHeight}
            toKey={({ appId }) => appId}
            toAttributes={({ appId, lastReload }) => ({
              'data-testid': 'app-row',
              'data-app-id': appId,
              'data-status': lastReload?.status ?? '',
            })}
            renderRow={(app) => <AppCells app={app} zone={zone} now={now} />}
            onEnd={list.loadMore}
          />
        </div>
      )}
      {list.hasNextPage && <p class="muted list-end">Loading further apps…</p>}
    </ViewFrame>
  );
}

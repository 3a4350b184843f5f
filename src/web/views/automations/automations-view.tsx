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
import { usePlace } from '../../routing/place.ts';
import { useListRange } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { AutomationFigures } from './automation-figures.tsx';
import { AUTOMATION_FILTERS, type AutomationWhere } from './automation-filters.ts';
import { AUTOMATION_COLUMNS, AutomationCells, IDLE_DAYS } from './automation-row.tsx';
import {
  type AutomationRow,
  AutomationsDocument,
  AutomationsFeedDocument,
  AutomationsTotalDocument,
} from './automations-documents.ts';
import { useAutomationStats } from './use-automation-stats.ts';

type OrderField = VariablesOf<typeof AutomationsDocument>['orderBy'][number]['field'];

const PAGE = 50;
const NEWEST_FIRST: ListOrder = { field: 'LAST_RUN_AT', direction: 'DESC' };

/** The list of automations. The range limits the runs that are counted, not the automations. */
export function AutomationsView(_props: ViewProps) {
  const place = usePlace();
  const zone = useZone();
  const now = useNow();
  const rowHeight = useRowHeight();
  const occurredAt = useListRange();
  const runs = occurredAt === undefined ? {} : { occurredAt };
  const where = toWhere<AutomationWhere>(place, AUTOMATION_FILTERS, {});
  const order = useOrder(AUTOMATION_COLUMNS, NEWEST_FIRST);
  const orderBy = [{ field: order.field as OrderField, direction: order.direction }];
  const list = useRows({
    document: AutomationsDocument,
    toVariables: (after) => ({ where, orderBy, first: PAGE, after }),
    toPage: ({ eventLog, automations: { nodes, pageInfo } }) => ({
      ...pageInfo,
      rows: nodes,
      headCursor: eventLog.headCursor,
    }),
    toKey: ({ automationId }: AutomationRow) => automationId,
  });
  const totalVariables = {
    where,
    failing: { lastRun: { outcome: { eq: 'FAILURE' as const } } },
    idle: { lastRunAt: { lt: toDaysAgo(IDLE_DAYS) } },
    runs,
  };
  // The rows come sooner without the totals.
  const areRowsRead = !list.isLoading || list.error !== undefined;
  const totals = useQuery(AutomationsTotalDocument, areRowsRead ? totalVariables : undefined);
  const isNewestFirst = order.field === NEWEST_FIRST.field && order.direction === 'DESC';
  useChangedRows({
    list,
    feed: AutomationsFeedDocument,
    toDelivery: ({ automationRunEnded: { cursor, run } }) => ({ cursor, id: run.automationId }),
    document: AutomationsDocument,
    toVariables: (ids) => ({
      where: { and: [where, { automationId: { in: ids } }] },
      ...{ orderBy, first: 100 },
    }),
    toRows: ({ automations }) => automations.nodes,
    toKey: ({ automationId }: AutomationRow) => automationId,
    toTime: ({ lastRunAt }) => (isNewestFirst ? lastRunAt : undefined),
    onChange: totals.reload,
  });
  const { rows, isLoading } = list;
  const { stats, error: statsError } = useAutomationStats(rows, runs);
  const error = list.error ?? statsError;
  const hasAllData = rows.length === 0 || stats.size > 0;
  const state = statsError ? 'error' : hasAllData ? toListState(list) : 'loading';
  const hasFilter = Object.keys(where).length > 0;
  return (
    <ViewFrame name="automations" state={state} title="Automations" where={where}>
      {totals.data ? <AutomationFigures totals={totals.data} /> : !error && <Loading rows={4} />}
      <FilterBar fields={AUTOMATION_FILTERS} />
      {error && <Failure error={error} onRetry={list.reload} />}
      {isLoading && rows.length === 0 && !error && <Loading rows={12} />}
      {state === 'empty' && (
        <Empty title={hasFilter ? 'No automation matches these filters' : 'No automation has run yet'}>
          <p>{hasFilter ? 'Remove a filter.' : 'Automations appear here with their first run.'}</p>
        </Empty>
      )}
      {rows.length > 0 && (
        <div
          class="list automations-list"
          role="table"
          aria-label="Automations"
          aria-rowcount={totals.data?.shown.totalCount ?? -1}
          aria-busy={isLoading}
        >
          <ColumnHeads columns={AUTOMATION_COLUMNS} order={order} fallback={NEWEST_FIRST} />
          <VirtualRows
            rows={rows}
            rowHeight={rowHeight}
            toKey={({ automationId }) => automationId}
            toAttributes={({ automationId, lastRun }) => ({
              'data-testid': 'automation-row',
              'data-automation-id': automationId,
              'data-outcome': lastRun?.outcome ?? '',
            })}
            renderRow={(automation) => (
              <AutomationCells {...{ automation, zone, now }} stats={stats.get(automation.automationId)} />
            )}
            onEnd={list.loadMore}
          />
        </div>
      )}
      {list.hasNextPage && <p class="muted list-end">Loading further automations…</p>}
    </ViewFrame>
  );
}

import { ViewFrame, type ViewState } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useQuery } from '../../data/use-query.ts';
import { toName } from '../../format/names.ts';
import { FilterBar } from '../../parts/filters/filter-bar.tsx';
import { toWhere } from '../../parts/filters/filter-field.ts';
import { OutcomeBadge } from '../../parts/outcome.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { linkTo, usePlace } from '../../routing/place.ts';
import { useBounds, useListRange } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { RUN_FILTERS, type RunWhere } from '../runs/run-filters.ts';
import { RunList, useRunList } from '../runs/run-list.tsx';
import { AutomationDocument } from './automation-documents.ts';
import { AutomationTotals } from './automation-totals.tsx';
import { AutomationTrend } from './automation-trend.tsx';
import { LastRun } from './last-run.tsx';

const FILTERS = RUN_FILTERS.filter(({ name }) => name !== 'automation');

/** One automation: its last run, its trend, and its runs. */
export function AutomationView({ id }: ViewProps) {
  const zone = useZone();
  const bounds = useBounds('all');
  const occurredAt = useListRange();
  const where = toWhere<RunWhere>(usePlace(), FILTERS, {
    automationId: { eq: id },
    ...(occurredAt && { occurredAt }),
  });
  const { data, error, isLoading, reload } = useQuery(AutomationDocument, {
    automationId: id,
    where,
    failed: { and: [where, { outcome: { eq: 'FAILURE' } }] },
    interval: bounds.interval,
    timeZone: zone,
    fill: occurredAt?.gte !== undefined && occurredAt.lt !== undefined,
  });
  const runs = useRunList(where, reload);
  const automation = data?.automation;
  const { rows } = runs.list;
  const failure = error ?? runs.list.error;
  const state = toState(failure !== undefined, isLoading || runs.list.isLoading, automation, rows.length);
  return (
    <ViewFrame
      name="automation"
      state={state}
      title={automation ? toName(automation.name || automation.lastRun?.title, id) : 'Automation'}
      where={where}
      beside={
        automation?.lastRun && (
          <OutcomeBadge outcome={automation.lastRun.outcome} text={automation.lastRun.statusName} />
        )
      }
    >
      {failure && <Failure error={failure} onRetry={reload} />}
      {isLoading && !data && !failure && <Loading />}
      {state === 'not-found' ? (
        <Empty title="There is no automation with this id">
          <p>
            <a href={linkTo('/automations')}>Show all automations</a>
          </p>
        </Empty>
      ) : (
        automation && (
          <>
            <LastRun automation={automation} zone={zone} />
            <AutomationTotals data={data} />
            <AutomationTrend data={data} bounds={bounds} zone={zone} />
            <FilterBar fields={FILTERS} />
            {state === 'empty' && (
              <Empty title="No run matches">
                <p>Remove a filter or choose a longer range.</p>
              </Empty>
            )}
            <RunList state={runs} total={data.total[0]?.count} />
          </>
        )
      )}
    </ViewFrame>
  );
}

function toState(
  hasFailed: boolean,
  isLoading: boolean,
  automation: object | null | undefined,
  count: number,
): ViewState {
  if (hasFailed) return 'error';
  if (isLoading) return 'loading';
  if (!automation) return 'not-found';
  return count === 0 ? 'empty' : 'ready';
}

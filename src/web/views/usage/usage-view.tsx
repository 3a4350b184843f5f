import { useNow } from '../../app/use-now.ts';
import { ViewFrame, type ViewState } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useLiveEvents } from '../../data/use-live-events.ts';
import { useQuery } from '../../data/use-query.ts';
import { useThrottled } from '../../data/use-throttled.ts';
import { FilterBar } from '../../parts/filters/filter-bar.tsx';
import { toWhere } from '../../parts/filters/filter-field.ts';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { setParams, usePlace } from '../../routing/place.ts';
import { useBounds } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { RUN_FILTERS, type RunWhere } from '../runs/run-filters.ts';
import { MEASURES } from './measures.ts';
import { MonthFigures } from './month-figures.tsx';
import { toMonths } from './months.ts';
import { ConnectorUsageDocument, MonthsDocument, UsageDocument } from './usage-documents.ts';
import { UsageOfRange } from './usage-of-range.tsx';

/** The numbers of rows to choose from, in the address as `top=`. */
const TOPS = [10, 25, 100];
const MINUTE = 60_000;
/** The shortest time between two reads of the numbers while events arrive. */
const REFRESH_MS = 3_000;

/** What runs cost: API calls, bytes and billable runs. */
export function UsageView(_props: ViewProps) {
  const place = usePlace();
  const zone = useZone();
  const bounds = useBounds('7d');
  const { gte, lt, interval } = bounds;
  const filter = toWhere<RunWhere>(place, RUN_FILTERS, {});
  const where: RunWhere = {
    ...filter,
    ...((gte || lt) && { occurredAt: { ...(gte && { gte }), ...(lt && { lt }) } }),
  };
  const measure = MEASURES.find(({ name }) => name === place.params.get('by')) ?? MEASURES[0];
  const top = TOPS.find((count) => String(count) === place.params.get('top')) ?? TOPS[0] ?? 10;
  const isBillable = measure.name === 'billable';
  const usage = useQuery(UsageDocument, {
    ...{ where, interval, timeZone: zone, first: top },
    fill: gte !== undefined && lt !== undefined,
    runOrder: [{ field: measure.runOrder }],
  });
  const connectorVariables = {
    blocks: { run: isBillable ? { and: [where, { billable: { eq: true } }] } : where },
    first: top,
    blockOrder: [{ field: measure.blockOrder }],
  };
  // The numbers of the runs come sooner without those of the blocks, of which there are many more,
  // and without the months.
  const areRunsRead = usage.data !== undefined || usage.error !== undefined;
  const connectors = useQuery(ConnectorUsageDocument, areRunsRead ? connectorVariables : undefined);
  // The comparison moves on with each minute.
  const minute = Math.floor(useNow() / MINUTE) * MINUTE;
  const { thisStart, lastStart, lastSameTime } = toMonths(minute, zone);
  const during = (occurredAt: { gte: string; lt?: string }): RunWhere => ({ ...filter, occurredAt });
  const monthVariables = {
    thisMonth: during({ gte: thisStart }),
    sameTime: during({ gte: lastStart, lt: lastSameTime }),
    lastMonth: during({ gte: lastStart, lt: thisStart }),
  };
  const months = useQuery(MonthsDocument, areRunsRead ? monthVariables : undefined);
  const reload = () => {
    usage.reload();
    connectors.reload();
    months.reload();
  };
  useLiveEvents(useThrottled(reload, REFRESH_MS));
  const { data } = usage;
  const error = usage.error ?? connectors.error ?? months.error;
  const count = data?.total[0]?.count;
  const isLoading = usage.isLoading || connectors.isLoading;
  const state: ViewState = error ? 'error' : isLoading ? 'loading' : count === 0 ? 'empty' : 'ready';
  return (
    <ViewFrame name="usage" state={state} title="Usage" where={where} range="7d">
      <FilterBar fields={RUN_FILTERS} />
      {error && <Failure error={error} onRetry={reload} />}
      {months.data ? <MonthFigures months={months.data} /> : !error && <Loading rows={5} />}
      <div class="part-head">
        <fieldset class="segments">
          <legend class="hidden">Measure</legend>
          {MEASURES.map(({ name, label }) => (
            <button
              type="button"
              key={name}
              aria-pressed={name === measure.name}
              data-testid={`by-${name}`}
              onClick={() => setParams({ by: name === MEASURES[0].name ? null : name })}
            >
              {label}
            </button>
          ))}
        </fieldset>
        <label>
          Top{' '}
          <select
            data-testid="top"
            value={String(top)}
            onChange={({ currentTarget: { value } }) =>
              setParams({ top: value === String(TOPS[0]) ? null : value })
            }
          >
            {TOPS.map((number) => (
              <option key={number} value={String(number)}>
                {number}
              </option>
            ))}
          </select>
        </label>
      </div>
      {!data && !error && <Loading />}
      {data && count === 0 && (
        <Empty title="No run in this range">
          <p>Choose a longer range or remove a filter.</p>
        </Empty>
      )}
      {data && count !== 0 && (
        <UsageOfRange {...{ data, measure, bounds, zone }} connectors={connectors.data} />
      )}
    </ViewFrame>
  );
}

import { ViewFrame, type ViewState } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { type QueryState, useQuery } from '../../data/use-query.ts';
import { useThrottled } from '../../data/use-throttled.ts';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { usePlace } from '../../routing/place.ts';
import type { Bounds } from '../../routing/range.ts';
import { useBounds } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { OverviewDocument, TilesDocument } from './overview-documents.ts';
import { OverviewFigures } from './overview-figures.tsx';
import { Ticker } from './ticker.tsx';
import { Tiles, toTileVariables } from './tiles.tsx';
import { Trend } from './trend.tsx';

/** The shortest time between two reads of the numbers while events arrive. */
const REFRESH_MS = 2_000;

/** The first page: what runs, what failed, and where to look next. */
export function OverviewView(_props: ViewProps) {
  const bounds = useBounds('7d');
  const zone = useZone();
  const occurredAt = toOccurredAt(bounds);
  const where = occurredAt === undefined ? {} : { occurredAt };
  const numbers = useQuery(OverviewDocument, {
    where,
    reloads: where,
    interval: bounds.interval,
    timeZone: zone,
    // Empty bars are filled in where the range has two ends.
    fill: bounds.gte !== undefined && bounds.lt !== undefined,
  });
  const tileVariables = toTileVariables(usePlace().params.get('find'), where);
  // The tiles take the API longer. The first numbers come sooner if they need not share it.
  const tiles = useQuery(TilesDocument, numbers.data || numbers.error ? tileVariables : undefined);
  const refresh = useThrottled(() => {
    numbers.reload();
    tiles.reload();
  }, REFRESH_MS);
  const { data, error } = numbers;
  return (
    <ViewFrame
      name="overview"
      state={toState(numbers, data?.total[0]?.count)}
      title="Overview"
      where={where}
      range="7d"
    >
      {error !== undefined && <Failure error={error} onRetry={numbers.reload} />}
      {data === undefined && error === undefined && <Loading rows={0} isChart />}
      {data !== undefined && (
        <>
          <OverviewFigures data={data} range={bounds.range} />
          {data.total[0]?.count === 0 && (
            <Empty title="No run in this range">
              <p>Choose a longer range above, or send events: the page shows them as they arrive.</p>
            </Empty>
          )}
          {(data.total[0]?.count !== 0 || data.reloads[0]?.count !== 0) && (
            <Trend data={data} bounds={bounds} zone={zone} />
          )}
        </>
      )}
      <div class="overview-columns">
        <Tiles {...tiles} />
        <Ticker zone={zone} onEvent={refresh} />
      </div>
    </ViewFrame>
  );
}

function toOccurredAt({ gte, lt }: Bounds): { gte?: string; lt?: string } | undefined {
  if (gte === undefined && lt === undefined) return undefined;
  return { ...(gte !== undefined && { gte }), ...(lt !== undefined && { lt }) };
}

function toState({ data, error, isLoading }: QueryState<unknown>, count: number | undefined): ViewState {
  if (error !== undefined) return 'error';
  if (isLoading || data === undefined) return 'loading';
  return count === 0 ? 'empty' : 'ready';
}

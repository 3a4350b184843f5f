import { useNow } from '../../app/use-now.ts';
import { ViewFrame, type ViewState } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useLiveEvents } from '../../data/use-live-events.ts';
import { useQuery } from '../../data/use-query.ts';
import { useThrottled } from '../../data/use-throttled.ts';
import { formatCount } from '../../format/numbers.ts';
import { Figure } from '../../parts/figure.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { useBounds } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { CalendarMonth } from './calendar.tsx';
import { type CheckedDay, CoverageDocument } from './coverage-documents.ts';
import { listMonths, MOST_DAYS, toDays } from './days.ts';
import { Gaps } from './gaps.tsx';

/** The shortest time between two reads while events arrive. */
const REFRESH_MS = 10_000;

/** The days that were compared with the audit log: complete, with gaps, or not checked. */
export function CoverageView(_props: ViewProps) {
  const zone = useZone();
  const bounds = useBounds('all');
  const { from, to, isCut } = toDays(bounds, useNow());
  const { data, error, isLoading, reload } = useQuery(CoverageDocument, { from, to });
  useLiveEvents(useThrottled(reload, REFRESH_MS));
  const days = data?.coverage ?? [];
  const checked = new Map(days.map((day) => [day.date, day]));
  const state: ViewState = error ? 'error' : isLoading ? 'loading' : days.length === 0 ? 'empty' : 'ready';
  // Without a range, the calendar begins with the first day that has an event or was checked.
  const oldest = data?.events.nodes[0]?.time.slice(0, 10) ?? to;
  const first = [days[0]?.date ?? to, oldest].toSorted()[0] ?? to;
  const shownFrom = bounds.gte === undefined && first > from ? first : from;
  return (
    <ViewFrame name="coverage" state={state} title="Coverage" where={{ from, to }}>
      {error && <Failure error={error} onRetry={reload} />}
      {!data && !error && <Loading />}
      {data && (
        <>
          {state === 'empty' && (
            <Empty title="No day of this range was compared with the audit log">
              <p>
                <code>npm run backfill</code> compares each day that it reads.
              </p>
            </Empty>
          )}
          <CoverageFigures days={days} all={countDays(shownFrom, to)} />
          <p class="muted">
            Days are UTC days.
            {isCut && ` The range is longer: the newest ${formatCount(MOST_DAYS)} days are shown.`}
          </p>
          <Gaps days={days} zone={zone} />
          <div class="months">
            {listMonths({ from: shownFrom, to }).map((month) => (
              <CalendarMonth key={month.month} month={month} checked={checked} />
            ))}
          </div>
        </>
      )}
    </ViewFrame>
  );
}

const countDays = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;

function CoverageFigures({ days, all }: { days: readonly CheckedDay[]; all: number }) {
  const complete = days.filter(({ isComplete }) => isComplete).length;
  const gaps = days.length - complete;
  const missing = days.reduce((sum, { upstreamCount, storedCount }) => sum + upstreamCount - storedCount, 0);
  return (
    <div class="panel figures">
      <Figure name="complete-days" label="Complete days" value={complete} text={formatCount(complete)} />
      <Figure
        name="gap-days"
        label="Days with gaps"
        value={gaps}
        text={formatCount(gaps)}
        tone={gaps > 0 ? 'failure' : undefined}
      />
      <Figure
        name="missing-events"
        label="Missing events"
        value={missing}
        text={formatCount(missing)}
        tone={missing > 0 ? 'failure' : undefined}
      />
      <Figure
        name="unchecked-days"
        label="Days not checked"
        value={all - days.length}
        text={formatCount(all - days.length)}
      />
    </div>
  );
}

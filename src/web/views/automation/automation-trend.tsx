import { formatCount } from '../../format/numbers.ts';
import { DurationChart } from '../../parts/duration-chart.tsx';
import { TimeChart } from '../../parts/time-chart.tsx';
import { showRange } from '../../routing/place.ts';
import type { Bounds } from '../../routing/range.ts';
import type { AutomationData } from './automation-documents.ts';
import { FailuresByHour } from './failures-by-hour.tsx';

/** How long the runs took, how many failed, and at which hours, over exactly the runs listed. */
export function AutomationTrend({
  data,
  bounds,
  zone,
}: {
  data: AutomationData;
  bounds: Bounds;
  zone: string;
}) {
  const bar = bounds.interval.toLowerCase();
  const buckets = data.byTime.toReversed();
  const shared = {
    starts: buckets.map(({ bucketStart }) => bucketStart ?? ''),
    range: bounds,
    zone,
    onBrush: showRange,
  };
  return (
    <div class="trend trend-3">
      <section class="panel">
        <h2>Duration per {bar}</h2>
        <DurationChart {...shared} label={`Duration of runs per ${bar}: p95 and median`} buckets={buckets} />
      </section>
      <section class="panel">
        <h2>Runs per {bar}</h2>
        <TimeChart
          {...shared}
          label={`Runs per ${bar}`}
          series={[
            {
              label: 'Runs',
              colour: '--bar',
              values: buckets.map(({ count }) => count),
              format: formatCount,
            },
            {
              ...{ label: 'Failed', colour: '--failure', format: formatCount },
              values: buckets.map(({ failureCount }) => failureCount),
            },
          ]}
        />
      </section>
      <FailuresByHour buckets={data.byHour} zone={zone} />
    </div>
  );
}

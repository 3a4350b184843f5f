import { formatBytes, formatCount } from '../../format/numbers.ts';
import { DurationChart } from '../../parts/duration-chart.tsx';
import { TimeChart } from '../../parts/time-chart.tsx';
import { showRange } from '../../routing/place.ts';
import type { Bounds } from '../../routing/range.ts';
import type { AppData } from './app-documents.ts';

/** The durations, failures and memory of exactly the reloads that the list shows. */
export function AppTrend({ data, bounds, zone }: { data: AppData; bounds: Bounds; zone: string }) {
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
        <h2>Duration of reloads per {bar}</h2>
        <DurationChart
          {...shared}
          label={`Duration of reloads per ${bar}: p95 and median`}
          buckets={buckets}
        />
      </section>
      <section class="panel">
        <h2>Reloads per {bar}</h2>
        <TimeChart
          {...shared}
          label={`Reloads per ${bar}`}
          series={[
            {
              ...{ label: 'Reloads', colour: '--bar', format: formatCount },
              values: buckets.map(({ count }) => count),
            },
            {
              ...{ label: 'Failed', colour: '--failure', format: formatCount },
              values: buckets.map(({ failedCount }) => failedCount),
            },
          ]}
        />
      </section>
      <section class="panel">
        <h2>Peak memory per {bar}</h2>
        <TimeChart
          {...shared}
          label={`Largest peak memory of reloads per ${bar}`}
          series={[
            {
              ...{ label: 'Peak memory', colour: '--accent', kind: 'line', format: formatBytes },
              values: buckets.map(({ maxPeakMemoryBytes }) => maxPeakMemoryBytes),
            },
          ]}
        />
      </section>
    </div>
  );
}

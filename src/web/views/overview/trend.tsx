import { formatCount } from '../../format/numbers.ts';
import type { ChartSeries } from '../../parts/draw-time-chart.ts';
import { TimeChart } from '../../parts/time-chart.tsx';
import { showRange } from '../../routing/place.ts';
import type { Bounds } from '../../routing/range.ts';
import type { OverviewData } from './overview-figures.tsx';

/** Runs and reloads over time, each with those that failed. */
export function Trend({ data, bounds, zone }: { data: OverviewData; bounds: Bounds; zone: string }) {
  const bar = bounds.interval.toLowerCase();
  const runs = data.byTime.toReversed();
  const reloads = data.reloadsByTime.toReversed();
  return (
    <div class="trend">
      <section class="panel">
        <h2>Runs per {bar}</h2>
        <TimeChart
          label={`Runs per ${bar}`}
          starts={runs.map(({ bucketStart }) => bucketStart ?? '')}
          series={[
            toCounts(
              'Runs',
              '--bar',
              runs.map(({ count }) => count),
            ),
            toCounts(
              'Failed',
              '--failure',
              runs.map(({ failureCount }) => failureCount),
            ),
          ]}
          zone={zone}
          range={bounds}
          onBrush={showRange}
        />
      </section>
      <section class="panel">
        <h2>Reloads per {bar}</h2>
        <TimeChart
          label={`Reloads per ${bar}`}
          starts={reloads.map(({ bucketStart }) => bucketStart ?? '')}
          series={[
            toCounts(
              'Reloads',
              '--bar',
              reloads.map(({ count }) => count),
            ),
            toCounts(
              'Failed',
              '--failure',
              reloads.map(({ failedCount }) => failedCount),
            ),
          ]}
          zone={zone}
          range={bounds}
          onBrush={showRange}
        />
      </section>
    </div>
  );
}

const toCounts = (label: string, colour: string, values: number[]): ChartSeries => ({
  label,
  colour,
  values,
  format: formatCount,
});

import { formatDuration } from '../format/numbers.ts';
import { DURATION_STEPS, type TimeChartProps } from './draw-time-chart.ts';
import { TimeChart } from './time-chart.tsx';

type Props = Omit<TimeChartProps, 'hasBand' | 'series' | 'steps'> & {
  buckets: readonly { duration: { p50: number | null; p95: number | null } }[];
};

/** Median and 95th percentile of durations over time, as a band. */
export function DurationChart({ buckets, ...props }: Props) {
  return (
    <TimeChart
      {...props}
      hasBand
      steps={DURATION_STEPS}
      series={[
        {
          ...{ label: 'p95', colour: '--accent', kind: 'line', format: formatDuration },
          values: buckets.map(({ duration }) => duration.p95),
        },
        {
          ...{ label: 'Median', colour: '--bar', kind: 'line', format: formatDuration },
          values: buckets.map(({ duration }) => duration.p50),
        },
      ]}
    />
  );
}

import uPlot from 'uplot';
import { formatDayOfMonth, formatTimeOfDay } from '../format/times.ts';

/** One series: a bar per bucket, or a line. */
export interface ChartSeries {
  label: string;
  /** A value per bucket, as the API sent it; null where it has none. */
  values: readonly (number | null)[];
  /** The name of a colour variable: --failure. */
  colour: string;
  kind?: 'bars' | 'line';
  format(value: number | null): string;
}

export interface TimeChartProps {
  /** What the chart shows, for screen readers. */
  label: string;
  /** The beginnings of the buckets, oldest first. */
  starts: readonly string[];
  series: readonly ChartSeries[];
  zone: string;
  /** The ends of the range; without them, those of the data. */
  range?: { gte?: string | undefined; lt?: string | undefined };
  height?: number;
  /** Whether the area between the first two lines is filled. */
  hasBand?: boolean;
  /** The distances that the marks of the vertical axis may have. */
  steps?: readonly number[];
  /** Receives a brushed range that begins and ends with a bucket. */
  onBrush?: (from: string, to: string) => void;
}

/** 1, 2, 5, 10, 20, 50 … */
const WHOLE_STEPS = Array.from({ length: 16 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Distances of marks that are round as durations. */
export const DURATION_STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 30].map((step) => step * SECOND),
  ...[1, 2, 5, 10, 20, 30].map((step) => step * MINUTE),
  ...[1, 2, 4, 6, 12, 24, 48, 240, 2_400].map((step) => step * HOUR),
];
const isWhole = (value: number | null) => value === null || Number.isInteger(value);
const DAY_SECONDS = 86_400;

/** Draws a chart into an element. `onHover` receives the bucket under the pointer. */
export function draw(
  host: HTMLElement,
  props: TimeChartProps,
  onHover: (index: number | undefined) => void,
): uPlot {
  const { starts, series, zone, range, height = 180, hasBand, steps, onBrush } = props;
  const style = getComputedStyle(host);
  const colourOf = (name: string) => toColour(host, name);
  const times = starts.map((start) => Date.parse(start) / 1_000);
  const width = bucketWidth(times);
  const axis = {
    stroke: style.color,
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colourOf('--line'), width: 1 },
    ticks: { show: false },
  };
  const options: uPlot.Options = {
    width: host.clientWidth,
    height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1_000), zone),
    cursor: {
      y: false,
      drag: { x: onBrush !== undefined, y: false, setScale: false },
      points: { show: false },
    },
    scales: {
      x: { range: () => toEnds(times, width, range) },
      y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.1)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 64,
        values: (_chart, splits, _axis, _space, step) => toTimeLabels(splits, step, zone),
      },
      {
        ...axis,
        ...(series.every(({ values }) => values.every(isWhole)) && { incrs: WHOLE_STEPS }),
        ...(steps && { incrs: [...steps] }),
        size: steps ? 72 : 52,
        gap: 6,
        values: (_chart, values) => values.map((value) => series[0]?.format(value) ?? ''),
      },
    ],
    series: [
      {},
      ...series.map(({ colour, kind = 'bars' }): uPlot.Series => {
        const fill = colourOf(colour);
        if (kind === 'line')
          return { stroke: fill, width: 1.5, points: { show: times.length < 400, size: 3 } };
        const paths = uPlot.paths.bars?.({ size: [0.8, 40], align: 1 });
        return { fill, stroke: fill, width: 0, points: { show: false }, ...(paths && { paths }) };
      }),
    ],
    ...(hasBand && { bands: [{ series: [1, 2], fill: colourOf('--band') }] }),
    hooks: {
      setCursor: [
        ({ cursor }) =>
          onHover(cursor.left == null || cursor.left < 0 ? undefined : (cursor.idx ?? undefined)),
      ],
      setSelect: [
        (chart) => {
          const { left, width: wide } = chart.select;
          if (wide < 3) return;
          const [from, to] = [chart.posToVal(left, 'x'), chart.posToVal(left + wide, 'x')];
          const brushed = times.filter((time) => time + width > from && time < to);
          const first = brushed[0] ?? from;
          const last = (brushed.at(-1) ?? to) + width;
          onBrush?.(new Date(first * 1_000).toISOString(), new Date(last * 1_000).toISOString());
        },
      ],
    },
  };
  const data: uPlot.AlignedData = [times, ...series.map(({ values }) => [...values])];
  return new uPlot(options, data, host);
}

/** Labels of the time axis: the time of day, and the day where it begins. */
function toTimeLabels(splits: number[], step: number, zone: string): string[] {
  return splits.map((split) => {
    const time = formatTimeOfDay(split * 1_000, zone);
    return step >= DAY_SECONDS || time === '00:00' ? formatDayOfMonth(split * 1_000, zone) : time;
  });
}

/** Resolves a colour variable: a canvas knows neither variables nor `light-dark()`. */
function toColour(host: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  host.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The shortest distance of two buckets, in seconds. */
function bucketWidth(times: readonly number[]): number {
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  return gaps.length === 0 ? 3_600 : Math.min(...gaps);
}

function toEnds(times: readonly number[], width: number, range: TimeChartProps['range']): [number, number] {
  const first = range?.gte === undefined ? times[0] : Date.parse(range.gte) / 1_000;
  const last = range?.lt === undefined ? (times.at(-1) ?? 0) + width : Date.parse(range.lt) / 1_000;
  const start = first ?? last - width;
  return [start, Math.max(last, start + width)];
}

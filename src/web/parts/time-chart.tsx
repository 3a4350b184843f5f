import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { followColours } from '../app/theme.ts';
import { formatMinute } from '../format/times.ts';

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

interface TimeChartProps {
  /** What the chart shows, for screen readers. */
  label: string;
  /** The beginnings of the buckets, oldest first. */
  starts: readonly string[];
  series: readonly ChartSeries[];
  zone: string;
  /** The ends of the range; without them, those of the data. */
  range?: { gte?: string | undefined; lt?: string | undefined };
  height?: number;
  /** Receives a brushed range that begins and ends with a bucket. */
  onBrush?: (from: string, to: string) => void;
}

/** Bars and lines over time, with a brush. A table beside the canvas has the same numbers. */
export function TimeChart(props: TimeChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const [hovered, setHovered] = useState<number | undefined>();
  const key = JSON.stringify([props.starts, props.series, props.zone, props.range]);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    let chart = draw(element, latest.current, setHovered);
    const redraw = () => {
      chart.destroy();
      chart = draw(element, latest.current, setHovered);
    };
    const unfollow = followColours(redraw);
    const observer = new ResizeObserver(() => {
      if (Math.abs(chart.width - element.clientWidth) > 1) redraw();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      unfollow();
      chart.destroy();
    };
  }, [key]);

  const { label, starts, series, zone } = props;
  return (
    <figure class="chart">
      <div ref={host} class="chart-canvas" role="img" aria-label={label} />
      <figcaption class="chart-caption">
        {hovered !== undefined && <span class="chart-time">{formatMinute(starts[hovered] ?? '', zone)}</span>}
        {series.map(({ label: name, values, colour, format }) => (
          <span key={name} class="chart-key">
            <i style={{ background: `var(${colour})` }} />
            {name}
            {hovered !== undefined && <b>{format(values[hovered] ?? null)}</b>}
          </span>
        ))}
        {hovered === undefined && props.onBrush && <span class="muted">drag to choose a range</span>}
      </figcaption>
      <ChartTable {...props} />
    </figure>
  );
}

/** The numbers of a chart, for screen readers and tests. */
function ChartTable({ label, starts, series }: TimeChartProps) {
  return (
    <table class="hidden" data-testid="chart-table">
      <caption>{label}</caption>
      <tbody>
        {starts.map((start, index) => (
          <tr key={start} data-bucket={start}>
            <th scope="row">{start}</th>
            {series.map(({ label: name, values, format }) => (
              <td key={name} data-value={values[index] ?? ''}>
                {name} {format(values[index] ?? null)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function draw(host: HTMLElement, props: TimeChartProps, onHover: (index: number | undefined) => void): uPlot {
  const { starts, series, zone, range, height = 180, onBrush } = props;
  const style = getComputedStyle(host);
  const colourOf = (name: string) => style.getPropertyValue(name).trim() || style.color;
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
    legend: { show: false },
    tzDate: (time) => uPlot.tzDate(new Date(time * 1_000), zone),
    cursor: { y: false, drag: { x: onBrush !== undefined, y: false, setScale: false }, points: { show: false } },
    scales: {
      x: { range: () => toEnds(times, width, range) },
      y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 28 },
      { ...axis, size: 52, gap: 6, values: (_chart, values) => values.map((value) => series[0]?.format(value) ?? '') },
    ],
    series: [
      {},
      ...series.map(({ colour, kind = 'bars' }): uPlot.Series => {
        const fill = colourOf(colour);
        if (kind === 'line') return { stroke: fill, width: 2, points: { show: times.length < 3 } };
        const paths = uPlot.paths.bars?.({ size: [0.8, 40], align: 1 });
        return { fill, stroke: fill, width: 0, points: { show: false }, ...(paths && { paths }) };
      }),
    ],
    hooks: {
      setCursor: [({ cursor }) => onHover(cursor.left == null || cursor.left < 0 ? undefined : (cursor.idx ?? undefined))],
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

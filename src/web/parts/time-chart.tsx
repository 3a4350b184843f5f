import { useEffect, useRef, useState } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import { followColours } from '../app/theme.ts';
import { formatMinute } from '../format/times.ts';
import { draw, type TimeChartProps } from './draw-time-chart.ts';

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
    <div class="hidden">
      <table data-testid="chart-table">
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
    </div>
  );
}

import { formatCount } from '../../format/numbers.ts';
import { formatTimeOfDay } from '../../format/times.ts';

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

interface FailuresByHourProps {
  /** The failed runs per hour that had any. */
  buckets: readonly { bucketStart: string | null; count: number }[];
  zone: string;
}

/** At which hours of the day runs failed, in the zone of the view. */
export function FailuresByHour({ buckets, zone }: FailuresByHourProps) {
  const counts = HOURS.map(() => 0);
  for (const { bucketStart, count } of buckets) {
    const hour = Number(formatTimeOfDay(Date.parse(bucketStart ?? ''), zone).slice(0, 2));
    counts[hour] = (counts[hour] ?? 0) + count;
  }
  const most = Math.max(1, ...counts);
  return (
    <section class="panel">
      <h2>Failures by hour of the day</h2>
      <ol class="hours" aria-label="Failed runs by hour of the day" data-testid="failures-by-hour">
        {counts.map((count, hour) => (
          <li
            key={hour}
            data-hour={hour}
            data-value={count}
            title={`${hour}:00: ${formatCount(count)} failed`}
          >
            <span class="hours-count">{count > 0 ? formatCount(count) : ''}</span>
            <svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
              <rect
                class="hours-bar"
                y={100 - (100 * count) / most}
                width="10"
                height={(100 * count) / most}
              />
            </svg>
            <span class="hours-label">
              {hour % 3 === 0 && <span aria-hidden="true">{String(hour).padStart(2, '0')}</span>}
              <span class="hidden">
                {hour}:00 – {formatCount(count)} failed
              </span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

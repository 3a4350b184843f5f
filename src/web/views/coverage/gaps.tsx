import { formatCount } from '../../format/numbers.ts';
import { formatFullInstant } from '../../format/times.ts';
import type { CheckedDay } from './coverage-documents.ts';

/** The days that lack events, the newest first. */
export function Gaps({ days, zone }: { days: readonly CheckedDay[]; zone: string }) {
  const gaps = days.filter(({ isComplete }) => !isComplete).toReversed();
  if (gaps.length === 0) return null;
  return (
    <section class="panel">
      <h2>Days with gaps</h2>
      <div class="scroller" tabIndex={0} role="region" aria-label="Days with gaps">
        <table class="table nowrap">
          <thead>
            <tr>
              <th>Day (UTC)</th>
              <th class="number">Missing</th>
              <th class="number">In the audit log</th>
              <th class="number">Stored</th>
              <th class="number">Recovered by backfill</th>
              <th>Checked</th>
            </tr>
          </thead>
          <tbody>
            {gaps.map(({ date, upstreamCount, storedCount, recoveredCount, checkedAt }) => (
              <tr key={date} data-testid="gap-row" data-date={date}>
                <td>{date}</td>
                <td class="number failure" data-value={upstreamCount - storedCount}>
                  {formatCount(upstreamCount - storedCount)}
                </td>
                <td class="number" data-value={upstreamCount}>
                  {formatCount(upstreamCount)}
                </td>
                <td class="number" data-value={storedCount}>
                  {formatCount(storedCount)}
                </td>
                <td class="number" data-value={recoveredCount}>
                  {formatCount(recoveredCount)}
                </td>
                <td class="muted">{formatFullInstant(checkedAt, zone)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted note">
        <code>npm run backfill</code> fetches the events of these days from the audit log and checks the days
        again.
      </p>
    </section>
  );
}

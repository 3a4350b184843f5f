import type { ResultOf } from 'gql.tada';
import { formatCount, NONE } from '../../format/numbers.ts';
import { MEASURES } from './measures.ts';
import type { MonthsDocument } from './usage-documents.ts';

const percent = new Intl.NumberFormat('en', {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});

/** Each measure of this month so far beside last month. */
export function MonthFigures({ months }: { months: ResultOf<typeof MonthsDocument> }) {
  const [now] = months.thisMonth;
  const [before] = months.sameTime;
  const [all] = months.lastMonth;
  if (now === undefined || before === undefined || all === undefined) return null;
  const rows = [
    { name: 'runs', label: 'Runs', format: formatCount, values: [now.count, before.count, all.count] },
    ...MEASURES.map(({ name, label, format, ofRuns }) => ({
      ...{ name, label, format },
      values: [now, before, all].map(ofRuns),
    })),
  ];
  return (
    <section class="panel">
      <h2>Month to date</h2>
      <div class="scroller" tabIndex={0} role="region" aria-label="Month to date">
        <table class="table">
          <thead>
            <tr>
              <th />
              <th class="number">This month</th>
              <th class="number">Last month by now</th>
              <th class="number">Change</th>
              <th class="number">All of last month</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, label, format, values: [current, then, whole] }) => (
              <tr key={name} data-testid={`month-${name}`}>
                <th scope="row">{label}</th>
                <td class="number" data-value={current ?? ''} data-part="this-month">
                  <b>{format(current)}</b>
                </td>
                <td class="number" data-value={then ?? ''} data-part="same-time">
                  {format(then)}
                </td>
                <td class="number">{toChange(current, then)}</td>
                <td class="number muted" data-value={whole ?? ''} data-part="last-month">
                  {format(whole)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function toChange(current: number | null | undefined, then: number | null | undefined): string {
  return current == null || !then ? NONE : percent.format(current / then - 1);
}

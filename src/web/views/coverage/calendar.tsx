import { formatCount } from '../../format/numbers.ts';
import type { CheckedDay } from './coverage-documents.ts';
import type { MonthDays } from './days.ts';

const WEEKDAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

export type DayState = 'complete' | 'gap' | 'not-checked';

/** Returns the state of a day; undefined stands for a day that was not checked. */
export function toDayState(day: CheckedDay | undefined): DayState {
  if (day === undefined) return 'not-checked';
  return day.isComplete ? 'complete' : 'gap';
}

/** One month: each day with its state as colour, as shape and as text. */
export function CalendarMonth({
  month: { month, offset, days },
  checked,
}: {
  month: MonthDays;
  checked: ReadonlyMap<string, CheckedDay>;
}) {
  const name = monthName.format(new Date(`${month}-01`));
  return (
    <section class="panel month">
      <h2>{name}</h2>
      <div class="weekdays" aria-hidden="true">
        {WEEKDAYS.map((weekday) => (
          <span key={weekday}>{weekday}</span>
        ))}
      </div>
      <ol class="days" aria-label={name}>
        {days.map((date, index) => (
          <Day key={date} date={date} day={checked.get(date)} column={index === 0 ? offset + 1 : undefined} />
        ))}
      </ol>
    </section>
  );
}

function Day({
  date,
  day,
  column,
}: {
  date: string;
  day: CheckedDay | undefined;
  column: number | undefined;
}) {
  const state = toDayState(day);
  const missing = day === undefined ? 0 : day.upstreamCount - day.storedCount;
  const text =
    day === undefined
      ? 'not checked'
      : missing > 0
        ? `${formatCount(missing)} of ${formatCount(day.upstreamCount)} missing`
        : `complete, ${formatCount(day.upstreamCount)} events`;
  return (
    <li
      class={`day ${state}`}
      style={column === undefined ? undefined : { gridColumnStart: column }}
      data-testid="coverage-day"
      data-date={date}
      data-day-state={state}
      data-value={day === undefined ? '' : missing}
      title={`${date}: ${text}`}
    >
      <span class="day-number">{Number(date.slice(8))}</span>
      <span class="day-mark" aria-hidden="true">
        {state === 'complete' ? '✓' : state === 'gap' ? `−${formatCount(missing)}` : '·'}
      </span>
      <span class="hidden">{text}</span>
    </li>
  );
}

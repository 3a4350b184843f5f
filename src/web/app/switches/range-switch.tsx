import { useState } from 'preact/hooks';
import { setParams, usePlace } from '../../routing/place.ts';
import { RANGES, type Range, toBounds } from '../../routing/range.ts';
import { useZone } from '../../routing/zone.ts';
import { fromLocal, toLocal } from './local-time.ts';

const ALL: readonly Range[] = [...RANGES, 'custom', 'all'];

/** The switch of the time range, in the address as `range`, or as `from` and `to`. */
export function RangeSwitch({ fallback }: { fallback: Range }) {
  const bounds = toBounds(usePlace(), fallback, Date.now());
  const [isEditing, setEditing] = useState(false);
  const choose = (range: Range) => {
    setEditing(range === 'custom');
    if (range === 'custom') return;
    setParams({ range: range === fallback ? null : range, from: null, to: null });
  };
  const shown = isEditing ? 'custom' : bounds.range;
  return (
    <div class="range-switch">
      <fieldset class="segments">
        <legend class="hidden">Time range</legend>
        {ALL.map((range) => (
          <button
            type="button"
            key={range}
            data-testid={`range-${range}`}
            aria-pressed={shown === range}
            onClick={() => choose(range)}
          >
            {range === 'all' ? 'All' : range === 'custom' ? 'Custom' : range}
          </button>
        ))}
      </fieldset>
      {shown === 'custom' && <CustomRange gte={bounds.gte} lt={bounds.lt} onDone={() => setEditing(false)} />}
    </div>
  );
}

interface CustomRangeProps {
  gte: string | undefined;
  lt: string | undefined;
  onDone(): void;
}

function CustomRange({ gte, lt, onDone }: CustomRangeProps) {
  const zone = useZone();
  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const form = new FormData(event.currentTarget);
    const [from, to] = ['from', 'to'].map((name) => fromLocal(String(form.get(name) ?? ''), zone));
    setParams({ from: from ?? null, to: to ?? null, range: null });
    onDone();
  };
  return (
    <form class="custom-range" onSubmit={apply} key={`${gte} ${lt} ${zone}`}>
      <label>
        From <input type="datetime-local" name="from" defaultValue={toLocal(gte, zone)} />
      </label>
      <label>
        to <input type="datetime-local" name="to" defaultValue={toLocal(lt, zone)} />
      </label>
      <button type="submit">Apply</button>
    </form>
  );
}

import { toWords } from '../../format/names.ts';
import { setParams } from '../../routing/place.ts';
import { OUTCOMES, OutcomeIcon, toReloadOutcome } from '../outcome.tsx';
import type { FilterField } from './filter-field.ts';

/** Outcomes, or statuses of reloads, as buttons that are always shown; a press switches one. */
export function PinnedChoices<Where>({ field, value }: { field: FilterField<Where>; value: string }) {
  const { name, label, choices = [] } = field;
  const chosen = value === '' ? [] : value.split(',');
  const toggle = (choice: string) => {
    const next = chosen.includes(choice) ? chosen.filter((other) => other !== choice) : [...chosen, choice];
    setParams({
      [name]: next.length === 0 ? null : choices.filter((other) => next.includes(other)).join(','),
    });
  };
  return (
    <fieldset class="segments pinned">
      <legend class="hidden">{label}</legend>
      {choices.map((choice) => {
        const outcome = OUTCOMES.find((other) => other === choice) ?? toReloadOutcome(choice);
        return (
          <button
            type="button"
            key={choice}
            aria-pressed={chosen.includes(choice)}
            data-testid={`choice-${choice}`}
            onClick={() => toggle(choice)}
          >
            <OutcomeIcon outcome={outcome} />
            {toWords(choice)}
          </button>
        );
      })}
    </fieldset>
  );
}

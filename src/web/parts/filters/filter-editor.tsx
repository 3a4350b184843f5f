import { toWords } from '../../format/names.ts';
import type { FilterField } from './filter-field.ts';

interface FilterEditorProps<Where> {
  field: FilterField<Where>;
  value: string;
  onApply(value: string): void;
  onCancel(): void;
}

/** The form of one filter. Escape closes it. */
export function FilterEditor<Where>({ field, value, onApply, onCancel }: FilterEditorProps<Where>) {
  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    onApply(new FormData(event.currentTarget).getAll('value').join(','));
  };
  return (
    <form
      class="filter-editor"
      data-testid="filter-editor"
      onSubmit={apply}
      onKeyDown={({ key }) => key === 'Escape' && onCancel()}
    >
      <fieldset>
        <legend>{field.label}</legend>
        <Inputs field={field} value={value} />
      </fieldset>
      <button type="submit" class="primary">
        Apply
      </button>
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </form>
  );
}

function Inputs<Where>({ field, value }: Pick<FilterEditorProps<Where>, 'field' | 'value'>) {
  const { kind, label, unit, choices = [] } = field;
  const suggestions = field.useSuggestions?.() ?? [];
  const focus = (element: HTMLElement | null) => element?.focus();
  if (kind === 'choices') {
    const chosen = value.split(',');
    return (
      <div class="filter-choices">
        {choices.map((choice, index) => (
          <label key={choice}>
            <input
              type="checkbox"
              name="value"
              value={choice}
              defaultChecked={chosen.includes(choice)}
              ref={index === 0 ? focus : null}
            />
            {toWords(choice)}
          </label>
        ))}
      </div>
    );
  }
  if (kind === 'switch') {
    return (
      <div class="filter-choices">
        {['true', 'false'].map((choice) => (
          <label key={choice}>
            <input type="radio" name="value" value={choice} defaultChecked={(value || 'true') === choice} />
            {choice === 'true' ? 'Yes' : 'No'}
          </label>
        ))}
      </div>
    );
  }
  const attributes = { name: 'value', defaultValue: value, ref: focus, autocomplete: 'off' } as const;
  return (
    <label>
      <span class="hidden">{label}</span>
      {kind === 'number' ? (
        <input {...attributes} type="number" step="any" min="0" />
      ) : (
        <input {...attributes} spellcheck={false} list="suggestions" />
      )}
      {unit && ` ${unit}`}
      <datalist id="suggestions">
        {suggestions.map((suggestion) => (
          <option key={suggestion.value} value={suggestion.value} label={suggestion.label} />
        ))}
      </datalist>
    </label>
  );
}

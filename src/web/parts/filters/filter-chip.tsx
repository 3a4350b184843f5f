import { toWords } from '../../format/names.ts';
import type { FilterField } from './filter-field.ts';

interface FilterChipProps<Where> {
  field: FilterField<Where>;
  value: string;
  onEdit(): void;
  onRemove(): void;
}

/** A filter that is set: its text opens the editor, its cross removes it. */
export function FilterChip<Where>({ field, value, onEdit, onRemove }: FilterChipProps<Where>) {
  const { name, label } = field;
  const suggestions = field.useSuggestions?.() ?? [];
  const known = suggestions.find((suggestion) => suggestion.value === value);
  return (
    <span class="chip" data-testid={`chip-${name}`}>
      <button type="button" class="chip-text" title={value} onClick={onEdit}>
        {label}: {known?.label ?? toText(field, value)}
      </button>
      <button type="button" class="chip-remove" aria-label={`Remove the filter ${label}`} onClick={onRemove}>
        ×
      </button>
    </span>
  );
}

function toText<Where>({ kind, unit = '' }: FilterField<Where>, value: string): string {
  if (kind === 'choices') return value.split(',').map(toWords).join(', ');
  return `${kind === 'switch' ? (value === 'true' ? 'yes' : 'no') : value} ${unit}`.trim();
}

import { useState } from 'preact/hooks';
import { type ParamChanges, setParams, usePlace } from '../../routing/place.ts';
import { FilterChip } from './filter-chip.tsx';
import { FilterEditor } from './filter-editor.tsx';
import type { FilterField } from './filter-field.ts';
import { PinnedChoices } from './pinned-choices.tsx';

/** The filters of a list: those that are set as chips, and a choice of further ones. */
export function FilterBar<Where>({ fields }: { fields: readonly FilterField<Where>[] }) {
  const { params } = usePlace();
  const [edited, setEdited] = useState<string | undefined>();
  const pinned = fields.filter(({ isPinned }) => isPinned);
  const others = fields.filter(({ isPinned }) => !isPinned);
  const set = others.filter(({ name }) => params.get(name));
  const editedField = others.find(({ name }) => name === edited);
  const change = (changes: ParamChanges) => {
    setEdited(undefined);
    setParams(changes);
  };
  return (
    <div class="filters" role="group" aria-label="Filters">
      {pinned.map((field) => (
        <PinnedChoices key={field.name} field={field} value={params.get(field.name) ?? ''} />
      ))}
      {set.map((field) => (
        <FilterChip
          key={field.name}
          field={field}
          value={params.get(field.name) ?? ''}
          onEdit={() => setEdited(field.name)}
          onRemove={() => change({ [field.name]: null })}
        />
      ))}
      <select
        aria-label="Add a filter"
        data-testid="add-filter"
        value=""
        onChange={({ currentTarget }) => {
          setEdited(currentTarget.value);
          currentTarget.value = '';
        }}
      >
        <option value="">+ Filter</option>
        {others.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      {set.length + pinned.filter(({ name }) => params.get(name)).length > 1 && (
        <button
          type="button"
          class="plain"
          onClick={() => change(Object.fromEntries(fields.map(({ name }) => [name, null])))}
        >
          Clear all
        </button>
      )}
      {editedField && (
        <FilterEditor
          key={editedField.name}
          field={editedField}
          value={params.get(editedField.name) ?? ''}
          onApply={(value) => change({ [editedField.name]: value })}
          onCancel={() => setEdited(undefined)}
        />
      )}
    </div>
  );
}

import type { InputRef } from '@pothos/core';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import { APP_RELOADS } from '../../store/read/subjects/app-reloads.ts';
import { APPS } from '../../store/read/subjects/apps.ts';
import { AUTOMATIONS } from '../../store/read/subjects/automations.ts';
import { BLOCKS } from '../../store/read/subjects/blocks.ts';
import { EVENTS } from '../../store/read/subjects/events.ts';
import { RUNS } from '../../store/read/subjects/runs.ts';
import { type Field, isNullable, listFieldsWith, type Subject } from '../../store/read/subjects/subject.ts';
import { builder } from '../builder.ts';
import {
  BooleanFilterRef,
  DateTimeFilterRef,
  enumFilter,
  IdFilterRef,
  SafeIntFilterRef,
  StringFilterRef,
} from './value-filters.ts';
import { WORD_ENUMS } from './word-enums.ts';

const FILTER_OF_KIND = {
  id: IdFilterRef,
  text: StringFilterRef,
  flag: BooleanFilterRef,
  integer: SafeIntFilterRef,
  instant: DateTimeFilterRef,
};

/** The filter of a field's values. Throws for a word without an enum. */
function toValueFilter(subject: Subject, name: string, field: Field): InputRef<FilterInput> {
  if (field.kind !== 'word') return FILTER_OF_KIND[field.kind];
  if (field.enum === undefined) throw new Error(`${subject.name}.${name} has no enum.`);
  return enumFilter(`${field.enum}Filter`, WORD_ENUMS[field.enum], isNullable(subject, name, field));
}

const filterOf = (subject: Subject) => builder.inputRef<FilterInput>(`${subject.name}Filter`);
const refs = new Map(
  [RUNS, BLOCKS, AUTOMATIONS, APPS, APP_RELOADS, EVENTS].map((subject) => [subject, filterOf(subject)]),
);

function requireRef(name: string) {
  const [, ref] = [...refs].find(([subject]) => subject.name === name) ?? [];
  if (ref === undefined) throw new Error(`There is no subject ${name}.`);
  return ref;
}

for (const [subject, ref] of refs) {
  ref.implement({
    description: `Conditions on ${subject.plural}. All fields of one object must match. Leave a field out instead of passing null.`,
    fields: (t) => ({
      and: t.field({
        type: [ref],
        description: 'All of these filters match. An empty list matches everything.',
      }),
      or: t.field({
        type: [ref],
        description: 'At least one of these filters matches. An empty list matches nothing.',
      }),
      not: t.field({ type: ref, description: 'This filter does not match.' }),
      ...Object.fromEntries(
        listFieldsWith(subject, 'filter').map(([name, field, filter]) => [
          name,
          t.field({ type: toValueFilter(subject, name, field), description: `Matches ${filter}.` }),
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(subject.relations ?? {}).map(([name, { to, filter }]) => [
          name,
          t.field({ type: requireRef(to), description: `Matches ${filter}.` }),
        ]),
      ),
    }),
  });
}

export const AutomationRunFilterRef: InputRef<FilterInput> = requireRef(RUNS.name);
export const BlockFilterRef: InputRef<FilterInput> = requireRef(BLOCKS.name);
export const AutomationFilterRef: InputRef<FilterInput> = requireRef(AUTOMATIONS.name);
export const AppFilterRef: InputRef<FilterInput> = requireRef(APPS.name);
export const AppReloadFilterRef: InputRef<FilterInput> = requireRef(APP_RELOADS.name);
export const EventFilterRef: InputRef<FilterInput> = requireRef(EVENTS.name);

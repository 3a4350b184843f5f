import type { InputRef } from '@pothos/core';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import type { OrderInput } from '../../store/read/pages/order.ts';
import { APP_RELOADS } from '../../store/read/subjects/app-reloads.ts';
import { APPS } from '../../store/read/subjects/apps.ts';
import { AUTOMATIONS } from '../../store/read/subjects/automations.ts';
import { BLOCKS } from '../../store/read/subjects/blocks.ts';
import { EVENTS } from '../../store/read/subjects/events.ts';
import { QUARANTINED_EVENTS } from '../../store/read/subjects/quarantined-events.ts';
import { RUNS } from '../../store/read/subjects/runs.ts';
import { type Field, isNullable, listFieldsWith, type Subject } from '../../store/read/subjects/subject.ts';
import { builder } from '../builder.ts';
import { orderInput } from './order-input.ts';
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

const SUBJECTS = [RUNS, BLOCKS, AUTOMATIONS, APPS, APP_RELOADS, EVENTS, QUARANTINED_EVENTS];
/** Declared apart from their fields, because filters of runs and blocks contain each other. */
const filterRefs = new Map(
  SUBJECTS.map(({ name }) => [name, builder.inputRef<FilterInput>(`${name}Filter`)]),
);
for (const subject of SUBJECTS) implementFilter(subject);

function requireFilterRef(name: string) {
  const ref = filterRefs.get(name);
  if (ref === undefined) throw new Error(`There is no filter of ${name}.`);
  return ref;
}

/** Declares the filter of a subject: its fields, and `and`, `or` and `not` over the same type. */
function implementFilter(subject: Subject): void {
  const ref = requireFilterRef(subject.name);
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
          t.field({ type: requireFilterRef(to), description: `Matches ${filter}.` }),
        ]),
      ),
    }),
  });
}

/** Declares the order of a subject, and the enum of its fields. */
function orderType(subject: Subject): InputRef<OrderInput> {
  const { name, plural, fallback } = subject;
  const values = listFieldsWith(subject, 'order').map(([, , [value, noun]]): [string, string] => [
    value,
    `By ${noun}.`,
  ]);
  return orderInput(name, plural, fallback.direction, values);
}

/** The arguments `where` and `orderBy` of a subject. */
export interface SubjectInputs {
  filter: InputRef<FilterInput>;
  order: InputRef<OrderInput>;
}

function inputsOf(subject: Subject): SubjectInputs {
  return { filter: requireFilterRef(subject.name), order: orderType(subject) };
}

export const runInputs = inputsOf(RUNS);
export const blockInputs = inputsOf(BLOCKS);
export const automationInputs = inputsOf(AUTOMATIONS);
export const appInputs = inputsOf(APPS);
export const reloadInputs = inputsOf(APP_RELOADS);
export const eventInputs = inputsOf(EVENTS);
/** Items in quarantine have one order. */
export const quarantineFilter = requireFilterRef(QUARANTINED_EVENTS.name);

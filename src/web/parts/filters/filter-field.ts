import type { Place } from '../../routing/place.ts';

/** A value that a filter offers, with the name that people know it by. */
export interface Suggestion {
  value: string;
  label: string;
}

/** A field that a list can be filtered by, in the address as the parameter `name`. */
export interface FilterField<Where> {
  name: string;
  label: string;
  /**
   * choices: one or several of a list, joined by commas. switch: yes or no. text and number: what
   * the reader types.
   */
  kind: 'choices' | 'switch' | 'text' | 'number';
  /** The values of `choices`. */
  choices?: readonly string[];
  /** What a number counts: seconds. */
  unit?: string;
  /** Whether the choices are buttons that are always shown. */
  isPinned?: boolean;
  /** Reads the values that the editor of a text offers, and the names that chips show. */
  useSuggestions?(): readonly Suggestion[];
  /** Converts the parameter to a part of the API's filter; undefined if it is no valid value. */
  toWhere(value: string): Where | undefined;
}

/** Returns the API's filter of an address: all fields joined by AND. */
export function toWhere<Where extends object>(
  { params }: Place,
  fields: readonly FilterField<Where>[],
  always: Where,
): Where {
  const parts = fields.flatMap(({ name, toWhere: convert }) => {
    const value = params.get(name);
    return value === null || value === '' ? [] : (convert(value) ?? []);
  });
  return parts.reduce<Where>((all, part) => merge(all, part), always);
}

/** Merges two filters; fields that both have are merged too: `durationMs: { gte, lte }`. */
function merge<Where extends object>(left: Where, right: Where): Where {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(left));
  for (const [name, value] of Object.entries(right)) {
    const before = merged[name];
    merged[name] = isObject(before) && isObject(value) ? { ...before, ...value } : value;
  }
  return merged as Where;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the filter of several values: `eq` for one, `in` for more. */
export function toIn<Value extends string>(
  values: readonly Value[],
): { eq: Value } | { in: Value[] } | undefined {
  const [first, ...others] = values;
  if (first === undefined) return undefined;
  return others.length === 0 ? { eq: first } : { in: [...values] };
}

/** Returns those of a parameter's values that are choices. */
export function pickChoices<Value extends string>(value: string, choices: readonly Value[]): Value[] {
  const names = value.split(',');
  return choices.filter((choice) => names.includes(choice));
}

/** Returns a whole number that the reader typed, times `factor`; undefined if it is none. */
export function toWhole(value: string, factor = 1): number | undefined {
  const whole = Math.round(Number(value) * factor);
  return value.trim() !== '' && Number.isSafeInteger(whole) ? whole : undefined;
}

import { type FilterField, pickChoices, toIn, toWhole } from './filter-field.ts';

type Values<Value> = { eq: Value } | { in: Value[] };

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Returns the makers of the filter fields of a list, each with its label and the API's filter. */
export function filterKinds<Where extends object>() {
  type Field = FilterField<Where>;
  const number = (
    name: string,
    label: string,
    unit: string,
    factor: number,
    toPart: (value: number) => Where,
  ): Field => ({
    ...{ name, label, unit, kind: 'number' },
    toWhere(value) {
      const whole = toWhole(value, factor);
      return whole === undefined ? undefined : toPart(whole);
    },
  });
  return {
    number,
    choices: <Value extends string>(
      name: string,
      label: string,
      values: readonly Value[],
      toPart: (values: Values<Value>) => Where,
    ): Field => ({
      ...{ name, label, kind: 'choices', choices: values },
      toWhere(value) {
        const chosen = toIn(pickChoices(value, values));
        return chosen === undefined ? undefined : toPart(chosen);
      },
    }),
    /** Ids are joined by commas, as in a copied list. */
    ids: (name: string, label: string, toPart: (ids: Values<string>) => Where): Field => ({
      ...{ name, label, kind: 'text' },
      toWhere(value) {
        const all = value.split(',').map((id) => id.trim());
        const chosen = toIn(all.filter((id) => id !== ''));
        return chosen === undefined ? undefined : toPart(chosen);
      },
    }),
    text: (name: string, label: string, toPart: (contains: string) => Where): Field => ({
      ...{ name, label, kind: 'text', toWhere: toPart },
    }),
    flag: (name: string, label: string, toPart: (is: boolean) => Where): Field => ({
      ...{ name, label, kind: 'switch', toWhere: (value) => toPart(value === 'true') },
    }),
    /** An instant so many days before this hour. */
    daysAgo: (name: string, label: string, toPart: (instant: string) => Where): Field =>
      number(name, label, 'days', 1, (days) => toPart(toDaysAgo(days))),
  };
}

/** Returns the instant so many days before the beginning of this hour; not before 1970. */
export function toDaysAgo(days: number): string {
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  return new Date(Math.max(0, hour - days * DAY_MS)).toISOString();
}

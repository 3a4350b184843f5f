import type { Direction, FieldKind, Subject } from './subjects.ts';

export type Value = string | number | boolean | null;

/** A row as the interface shows it, flat; what it is related to beside it. */
export interface Row {
  id: string;
  values: Record<string, Value>;
  /** What breaks ties: it follows the direction of the last order, but for an ordinal. */
  key: string | number;
  ordinal: number;
  related: Row[];
}

export type Filter = Record<string, unknown>;
export interface OrderBy {
  field: string;
  direction?: Direction;
}

/**
 * Folds the case of the texts that these suites use, written out for the letters that are not one
 * to one.
 */
export function fold(text: string): string {
  return text.replaceAll(/[ßẞ]/g, 'ss').toLowerCase().replaceAll('ς', 'σ');
}

export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether a row matches, as the contract says it ("Filters"). */
export function matches(row: Row, filter: Filter | null | undefined, subject: Subject): boolean {
  return Object.entries(filter ?? {}).every(([name, value]) => {
    if (name === 'and') return (value as Filter[]).every((child) => matches(row, child, subject));
    if (name === 'or') return (value as Filter[]).some((child) => matches(row, child, subject));
    if (name === 'not') return !matches(row, value as Filter, subject);
    const { relation } = subject;
    if (relation?.name === name) {
      return row.related.some((other) => matches(other, value as Filter, relation.subject()));
    }
    const kind = subject.fields[name];
    if (kind === undefined) throw new Error(`${subject.filterType} has no ${name}.`);
    return Object.entries(value as Filter).every(([operator, operand]) =>
      holds(row.values[name] ?? null, operator, operand, kind),
    );
  });
}

function holds(value: Value, operator: string, operand: unknown, kind: FieldKind): boolean {
  if (operator === 'isNull') return (value === null) === operand;
  if (operator === 'notIn') return !(operand as Value[]).includes(value);
  if (value === null) return false;
  if (operator === 'eq') return value === operand;
  if (operator === 'in') return (operand as Value[]).includes(value);
  if (operator === 'contains') return fold(String(value)).includes(fold(String(operand)));
  if (operator === 'startsWith') return fold(String(value)).startsWith(fold(String(operand)));
  const left = kind === 'instant' ? Date.parse(String(value)) : Number(value);
  const right = kind === 'instant' ? Date.parse(String(operand)) : Number(operand);
  if (operator === 'gt') return left > right;
  if (operator === 'gte') return left >= right;
  if (operator === 'lt') return left < right;
  if (operator === 'lte') return left <= right;
  throw new Error(`There is no ${operator}.`);
}

/**
 * The rows in the order wished for: nulls last both ways, ties by the row's own key in the
 * direction of the last wish.
 */
export function order(rows: readonly Row[], wishes: readonly OrderBy[] | null | undefined, subject: Subject) {
  const orders = (wishes?.length ? wishes : [subject.fallback]).map(({ field, direction }) => ({
    name: subject.orders[field] ?? field,
    sign: (direction ?? subject.fallback.direction) === 'ASC' ? 1 : -1,
  }));
  const last = orders.at(-1)?.sign ?? 1;
  return rows.toSorted((a, b) => {
    for (const { name, sign } of orders) {
      const result = compareValues(a.values[name] ?? null, b.values[name] ?? null, sign, name);
      if (result !== 0) return result;
    }
    return compareKeys(a.key, b.key) * last || a.ordinal - b.ordinal;
  });
}

function compareValues(a: Value, b: Value, sign: number, name: string): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const isFolded = name === 'title' || name === 'name';
  return compareKeys(isFolded ? fold(String(a)) : a, isFolded ? fold(String(b)) : b) * sign;
}

function compareKeys(a: Value, b: Value): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : compareTexts(String(a), String(b));
}

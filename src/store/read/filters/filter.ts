import { and, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { Refusal } from '../../../domain/refusal.ts';
import type { Instant } from '../../../domain/values/instant.ts';
import { isStorableText, toCaseFolded } from '../../../domain/values/text.ts';
import { toTextArray } from '../../database/recordset.ts';

/** A filter as GraphQL gives it: fields joined by AND, and `and`, `or`, `not` of the same shape. */
export interface FilterInput {
  readonly [field: string]: unknown;
}

/** What a field of a filter is compared with. */
export type FilterField =
  | { kind: 'id'; column: SQLWrapper }
  | { kind: 'text'; column: SQLWrapper; folded: SQLWrapper }
  | { kind: 'flag'; column: SQLWrapper }
  | { kind: 'integer'; column: SQLWrapper }
  | { kind: 'instant'; column: SQLWrapper }
  /** An enum; `toStored` gives the stored words that one of its values stands for. */
  | { kind: 'word'; column: SQLWrapper; toStored: (word: string) => readonly string[] }
  /**
   * A filter over related rows; `own` are those of its fields that the row itself holds, so that no
   * other one is needed.
   */
  | { kind: 'related'; own: FilterSubject; toCondition: (compile: CompileRelated) => SQL }
  /**
   * A filter about a row further out, from which this one was reached: what it says is the same for
   * all rows here.
   */
  | { kind: 'outer'; toSubject: () => FilterSubject };

/** Compiles the nested filter of a relation for a subject under a table name of its own. */
export type CompileRelated = (toSubject: (name: string) => FilterSubject) => Related;

/** The nested filter of a relation. */
export interface Related {
  /** The table name of its subject. */
  name: string;
  condition: SQL;
  /** Whether it is the only relation so far. */
  isOnly: boolean;
  /**
   * Whether there are no relations and no searches of texts within it, and few conditions so far,
   * so that it is cheap enough to evaluate per row.
   */
  isLight: boolean;
}

/** What a filter can be about: its fields by name. */
export type FilterSubject = Readonly<Record<string, FilterField>>;

const MAX_LEVELS = 8;
const MAX_CONDITIONS = 500;
const MAX_LIST = 200;
/** A relation is light up to so many conditions of the whole filter. */
const LIGHT_CONDITIONS = 3;

interface Progress {
  conditions: number;
  /** Conditions that go through a whole text, which may be a megabyte. */
  searches: number;
  relations: number;
}

/**
 * Compiles a filter to SQL that is true for exactly the rows that match; undefined for no
 * condition. Throws BAD_USER_INPUT, with the place, for a null, for a field's filter without an
 * operator, and for a filter that is too deep or too long. `{}` in place of a whole filter is no
 * condition.
 */
export function compileFilter(
  filter: FilterInput | null | undefined,
  subject: FilterSubject,
  argument = 'where',
): SQL | undefined {
  if (filter === null || filter === undefined) return undefined;
  return compile(filter, subject, argument, 1, { conditions: 0, searches: 0, relations: 0 });
}

function compile(
  filter: FilterInput,
  subject: FilterSubject,
  path: string,
  level: number,
  progress: Progress,
): SQL | undefined {
  if (level > MAX_LEVELS) throw refuse(path, `the filter is deeper than ${MAX_LEVELS} levels`);
  const parts = Object.entries(filter).map(([name, value]) => {
    const place = `${path}.${name}`;
    if (value === undefined) return undefined;
    if (value === null) throw refuse(place, 'null is no value; leave the field out');
    const deeper = (child: unknown, childPath: string, childSubject = subject) => {
      const before = progress.conditions;
      const condition = compile(child as FilterInput, childSubject, childPath, level + 1, progress);
      // A filter that says nothing counts as well, or a list of them would be of any length.
      if (progress.conditions === before) countCondition(progress, childPath);
      return condition ?? sql`true`;
    };
    if (name === 'not') return sql`(${deeper(value, place)}) is not true`;
    if (name === 'and' || name === 'or') {
      const conditions = (value as unknown[]).map((child, index) => deeper(child, `${place}[${index}]`));
      if (name === 'and') return and(...conditions);
      return conditions.length === 0 ? sql`false` : or(...conditions);
    }
    const field = subject[name];
    if (field === undefined) throw refuse(place, 'there is no such field');
    if (field.kind === 'outer') {
      progress.relations += 1;
      // As a value of its own it is computed once for all rows here, not for each of them.
      return sql`(select ${deeper(value, place, field.toSubject())})`;
    }
    if (field.kind !== 'related') return compileField(field, value as FilterInput, place, progress);
    const { own, others } = split(value as FilterInput, field.own);
    return and(
      own && deeper(own, place, field.own),
      others &&
        field.toCondition((toSubject) => {
          progress.relations += 1;
          const { relations, searches } = progress;
          const name = `related_${relations}`;
          const condition = deeper(others, place, toSubject(name));
          // Counted after what is nested in it.
          const isPlain = progress.relations === relations && progress.searches === searches;
          const isLight = isPlain && progress.conditions <= LIGHT_CONDITIONS;
          return { name, condition, isOnly: progress.relations === 1, isLight };
        }),
    );
  });
  return and(...parts);
}

/**
 * Parts a filter into what a row says itself and what only related rows say; `{}` is about these,
 * if any there are.
 */
function split(filter: FilterInput, ownFields: FilterSubject): { own?: FilterInput; others?: FilterInput } {
  const entries = Object.entries(filter);
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(ownFields, name);
  const own = entries.filter(isOwn);
  const others = entries.filter((entry) => !isOwn(entry));
  return {
    ...(own.length > 0 && { own: Object.fromEntries(own) }),
    ...((others.length > 0 || own.length === 0) && { others: Object.fromEntries(others) }),
  };
}

/**
 * An unset variable leaves its operator out. Without this refusal, `eq: $id` would then match every
 * row.
 */
const NO_OPERATOR =
  'the filter has no operator, which is what an unset variable leaves; set the variable, or leave the field out';

type ValueField = Exclude<FilterField, { kind: 'related' | 'outer' }>;

function compileField(
  field: ValueField,
  operators: FilterInput,
  path: string,
  progress: Progress,
): SQL | undefined {
  const given = Object.entries(operators).filter(([, value]) => value !== undefined);
  if (given.length === 0) throw refuse(path, NO_OPERATOR);
  const conditions = given.map(([operator, value]) => {
    const place = `${path}.${operator}`;
    if (value === null) throw refuse(place, 'null is no value; leave it out, or use isNull');
    countCondition(progress, place);
    if (operator === 'contains' || operator === 'startsWith') progress.searches += 1;
    if (Array.isArray(value) && value.length > MAX_LIST) {
      throw refuse(place, `the list has more than ${MAX_LIST} values`);
    }
    return compileOperator(field, operator, value);
  });
  return and(...conditions);
}

function countCondition(progress: Progress, path: string): void {
  progress.conditions += 1;
  if (progress.conditions > MAX_CONDITIONS) {
    throw refuse(path, `the filter has more than ${MAX_CONDITIONS} conditions`);
  }
}

function compileOperator(field: ValueField, operator: string, value: unknown): SQL {
  const { column } = field;
  switch (operator) {
    case 'isNull':
      return value === true ? sql`${column} is null` : sql`${column} is not null`;
    case 'eq':
      return isOneOf(field, [value]);
    case 'in':
      return isOneOf(field, value as unknown[]);
    case 'notIn':
      return sql`(${isOneOf(field, value as unknown[])}) is not true`;
    case 'contains':
    case 'startsWith':
      return isLike(field, operator, String(value));
    default:
      return sql`${column} ${toComparison(operator)} ${value as number | Instant}`;
  }
}

const COMPARISONS: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

/** Throws for an unknown operator, which is a fault of the schema. */
function toComparison(operator: string): SQL {
  const comparison = COMPARISONS[operator];
  if (comparison === undefined) throw new Error(`There is no operator ${operator}.`);
  return sql.raw(comparison);
}

function isOneOf(field: ValueField, values: readonly unknown[]): SQL {
  const { column, kind } = field;
  if (kind === 'flag' || kind === 'integer' || kind === 'instant') return sql`${column} = ${values[0]}`;
  const texts =
    kind === 'word' ? values.flatMap((value) => field.toStored(String(value))) : values.map(String);
  // A text that the database cannot hold is in no row.
  const storable = texts.filter(isStorableText);
  if (storable.length === 0) return sql`false`;
  return storable.length === 1
    ? sql`${column} = ${storable[0]}`
    : sql`${column} = any(${toTextArray(storable)})`;
}

/** Plain functions instead of LIKE, so that %, _ and \ are nothing special. */
function isLike(field: ValueField, operator: 'contains' | 'startsWith', value: string): SQL {
  if (field.kind !== 'text' || !isStorableText(value)) return sql`false`;
  const text = toCaseFolded(value);
  return operator === 'contains'
    ? sql`strpos(${field.folded}, ${text}) > 0`
    : sql`starts_with(${field.folded}, ${text})`;
}

function refuse(path: string, reason: string): Refusal {
  return new Refusal('BAD_USER_INPUT', `${path}: ${reason}.`);
}

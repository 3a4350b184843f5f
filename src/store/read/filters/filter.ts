import { and, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { Refusal } from '../../../domain/refusal.ts';
import type { Instant } from '../../../domain/values/instant.ts';
import { isStorableText, toCaseFolded } from '../../../domain/values/text.ts';
import { toTextArray } from '../../database/bulk.ts';
import type { FieldKind } from '../subjects/subject.ts';

/** A filter from GraphQL: fields joined by AND, and `and`, `or`, `not` with nested filters. */
export interface FilterInput {
  readonly [field: string]: unknown;
}

/** The kind of a filter's field and the column that it is compared with. */
export type FilterField =
  | {
      kind: FieldKind;
      column: SQLWrapper;
      /** The case-folded text; for text only. */
      folded?: SQLWrapper;
      /** Returns the stored words that a word means. Default: the word itself. */
      toStored?: (word: string) => readonly string[];
    }
  /**
   * A filter on related rows. `own` are the fields that the row itself contains, for which no other
   * row is read.
   */
  | { kind: 'related'; own: FilterSubject; toCondition: (compile: CompileRelated) => SQL }
  /**
   * A filter on an outer row, from which this one was reached. Its result is the same for all rows
   * here.
   */
  | { kind: 'outer'; toSubject: () => FilterSubject };

/**
 * Compiles the nested filter of a relation. `toSubject` receives the table name of the relation.
 */
export type CompileRelated = (toSubject: (name: string) => FilterSubject) => Related;

/** The compiled filter of a relation. */
export interface Related {
  /** The table name of its subject. */
  name: string;
  condition: SQL;
  /** Whether it is the first relation of the filter and contains no others. */
  isFirst: boolean;
  /**
   * Whether it contains no relations and no text searches, and the whole filter has few conditions
   * so far. It may then be evaluated per row.
   */
  isLight: boolean;
}

/** The fields of a filter, by name. */
export type FilterSubject = Readonly<Record<string, FilterField>>;

const MAX_LEVELS = 8;
const MAX_CONDITIONS = 500;
const MAX_LIST = 200;
/** A relation is light if the whole filter has at most this many conditions. */
const LIGHT_CONDITIONS = 3;

interface Progress {
  conditions: number;
  /** Conditions that scan a whole text, possibly of a megabyte. */
  searches: number;
  relations: number;
}

/**
 * Compiles a filter to SQL that is true for exactly the rows that match. Returns undefined for a
 * filter without conditions, such as `{}`. Throws BAD_USER_INPUT, with the path, for a null, a
 * field without an operator, and a filter that is too deep or too long.
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
      // An empty filter counts as a condition, or a list of them could have any length.
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
      // A scalar subquery is computed once for all rows here.
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
          // Evaluated after the nested filters have been counted.
          const isPlain = progress.relations === relations && progress.searches === searches;
          const isLight = isPlain && progress.conditions <= LIGHT_CONDITIONS;
          return { name, condition, isFirst: progress.relations === 1, isLight };
        }),
    );
  });
  return and(...parts);
}

/**
 * Splits a filter into fields of the row itself and fields of related rows. `{}` belongs to the
 * related rows: it asks whether there are any.
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

type ValueField = Extract<FilterField, { column: SQLWrapper }>;

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
    kind === 'word'
      ? values.flatMap((value) => field.toStored?.(String(value)) ?? String(value))
      : values.map(String);
  // A text that PostgreSQL cannot store matches no row.
  const storable = texts.filter(isStorableText);
  if (storable.length === 0) return sql`false`;
  return storable.length === 1
    ? sql`${column} = ${storable[0]}`
    : sql`${column} = any(${toTextArray(storable)})`;
}

/** Uses functions instead of LIKE, so %, _ and \ have no special meaning. */
function isLike(field: ValueField, operator: 'contains' | 'startsWith', value: string): SQL {
  if (field.folded === undefined) throw new Error(`There is no operator ${operator}.`);
  if (!isStorableText(value)) return sql`false`;
  const text = toCaseFolded(value);
  return operator === 'contains'
    ? sql`strpos(${field.folded}, ${text}) > 0`
    : sql`starts_with(${field.folded}, ${text})`;
}

function refuse(path: string, reason: string): Refusal {
  return new Refusal('BAD_USER_INPUT', `${path}: ${reason}.`);
}

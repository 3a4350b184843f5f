import { getTableColumns, type SQL, type SQLWrapper } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Aggregate } from './aggregates.ts';

/*
 * A subject is a kind of row that clients list: runs, blocks, automations, apps, reloads,
 * events. Its descriptor states every fact about a field once: kind, column, and whether the
 * field can be filtered, ordered or grouped by. Everything else is derived from it:
 *   filters/filter-subjects.ts      the SQL of filters
 *   pages/terms.ts                  the SQL of orders, and what cursors contain
 *   statistics/stats-subjects.ts    the SQL of groupings, aggregates and their orders
 *   graphql/filters, graphql/stats  inputs, enums and statistics types with their descriptions
 * A field without a column, or with the column of another kind, does not compile.
 */

/** The values of each kind of field in a row. */
interface Values {
  id: string;
  text: string;
  flag: boolean;
  integer: number;
  instant: string;
  word: string;
}

/** How the values of a field compare. */
export type FieldKind = keyof Values;

/** The GraphQL enums of words. */
export type WordEnum =
  | 'AutomationRunStatus'
  | 'AutomationRunOutcome'
  | 'AutomationRunContext'
  | 'BlockType'
  | 'AppReloadStatus'
  | 'EventType';

interface Uses {
  /**
   * What the filter matches, as in "Matches the title of the run." Without it there is no
   * filter.
   */
  filter?: string;
  /** The value of the order enum, and a noun for what it orders by. */
  order?: readonly [name: string, noun: string];
  /** The value of the grouping enum, and a noun for what it groups by. */
  grouping?: readonly [name: string, noun: string];
}

interface WordOptions {
  enum: WordEnum;
  /** The stored words that a word means. Default: the word itself. */
  toStored?: (word: string) => readonly string[];
  /** Derives the word from the column. */
  toWord?: (column: SQLWrapper) => SQL;
}

type ColumnName<Table extends PgTable> = keyof Table['_']['columns'] & string;

/** The columns of a table with values of a type. */
type ColumnOf<Table extends PgTable, Value> = {
  [Name in ColumnName<Table>]: Table['_']['columns'][Name]['_']['data'] extends Value ? Name : never;
}[ColumnName<Table>];

/** What a kind of field states beside its column. `folded` is the case-folded text. */
interface KindOptions<Table extends PgTable> {
  id: object;
  text: { folded: ColumnOf<Table, string> | SQL };
  flag: object;
  integer: object;
  instant: object;
  word: WordOptions;
}

/** The column of a field: the one of its name, another one, or an expression. */
type ColumnOption<Table extends PgTable, Name, Value> =
  | { column: ColumnOf<Table, Value> | SQL }
  | (Name extends ColumnOf<Table, Value> ? { column?: never } : never);

type FieldOf<Table extends PgTable, Name> = {
  [Kind in FieldKind]: { kind: Kind } & Uses &
    KindOptions<Table>[Kind] &
    ColumnOption<Table, Name, Values[Kind]>;
}[FieldKind];

/** A filter on related rows. Its SQL is in `filters/filter-subjects.ts`. */
export interface Relation {
  /** The name of the other subject. */
  to: string;
  filter: string;
}

/** A field of any subject. */
export interface Field extends Uses, Partial<WordOptions> {
  kind: FieldKind;
  column?: string | SQL;
  folded?: string | SQL;
}

export interface Statistics {
  /** The instant that assigns a row to a bucket. */
  time: PgColumn;
  /** The path of the filter that limits `time`. */
  timeFilter: readonly string[];
  /** What is computed beside the number of rows. */
  aggregates: Readonly<Record<string, Aggregate>>;
}

export interface Subject {
  /** Begins the names of its GraphQL types, such as `BlockFilter` and `BlockOrder`. */
  name: string;
  /** Names the rows in descriptions. */
  plural: string;
  table: PgTable & { tenantId: PgColumn };
  fields: Readonly<Record<string, Field>>;
  relations?: Readonly<Record<string, Relation>>;
  /** The columns that identify a row. They break ties, so every order is total. */
  key: readonly string[];
  /** The order without `orderBy`. Its direction is also the default of every order. */
  fallback: { field: string; direction: 'ASC' | 'DESC' };
  statistics?: Statistics;
}

/** Declares a subject. The fields and the key are checked against the columns of the table. */
export function defineSubject<Table extends Subject['table'], Name extends string>(
  subject: Omit<Subject, 'fields'> & {
    table: Table;
    fields: { readonly [Field in Name]: FieldOf<Table, Field> };
    key: readonly ColumnName<Table>[];
  },
): Subject {
  return subject;
}

/** The fields that have a use, with their names. */
export function listFieldsWith<Use extends keyof Uses>(
  { fields }: Subject,
  use: Use,
): [name: string, field: Field, value: NonNullable<Uses[Use]>][] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const value = field[use];
    return value === undefined ? [] : [[name, field, value]];
  });
}

/**
 * A column by its property, or the expression itself. Throws for a column that the table
 * lacks.
 */
export function toColumn(table: PgTable, column: string | SQL): SQLWrapper {
  return typeof column === 'string' ? requireColumn(table, column) : column;
}

/** A column by its property. Throws for a column that the table lacks. */
export function requireColumn(table: PgTable, property: string): PgColumn {
  const column = getTableColumns(table)[property];
  if (column === undefined) throw new Error(`There is no column ${property}.`);
  return column;
}

/** Whether a field may be null. An expression never is. */
export function isNullable({ table }: Subject, name: string, { column = name }: Field): boolean {
  return typeof column === 'string' && !requireColumn(table, column).notNull;
}

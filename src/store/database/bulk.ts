import { getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toChunks } from '../../domain/chunks.ts';
import type { Queries } from './database.ts';
import { runText } from './statements.ts';

/** A row to write: a member per column, JSON columns as text. undefined becomes null. */
export type WriteRow<Table extends PgTable> = {
  [Column in keyof Table['_']['columns']]: string | number | boolean | undefined;
};

/**
 * The most characters of one statement's parameters. A string of V8 is limited to half a
 * gigabyte, and a message of PostgreSQL to one.
 */
const MAX_CHUNK_LENGTH = 16_000_000;

/** What to do with a row whose key exists. */
type OnConflict<Table extends PgTable> = 'fail' | 'keep' | { overwrite: (keyof Table['_']['columns'])[] };

/**
 * Inserts any number of rows with one statement text, which is prepared once: each column is
 * one array parameter. More than MAX_CHUNK_LENGTH characters are sent as several statements.
 */
export async function insertMany<Table extends PgTable>(
  transaction: Queries,
  table: Table,
  rows: readonly WriteRow<Table>[],
  onConflict: OnConflict<Table> = 'fail',
): Promise<void> {
  const { text, columns } = toInsert(table, onConflict);
  for (const chunk of toChunks(rows, countCharacters, MAX_CHUNK_LENGTH)) {
    await runText(transaction, text, toParameters(columns, chunk));
  }
}

/** Updates `changed` columns of existing rows by their key; otherwise like `insertMany`. */
export async function updateMany<Table extends PgTable, Column extends keyof Table['_']['columns'] & string>(
  transaction: Queries,
  table: Table,
  key: readonly Column[],
  changed: readonly Column[],
  rows: readonly Pick<WriteRow<Table>, Column>[],
): Promise<void> {
  const all = toColumns(table);
  const pick = (properties: readonly string[]) => all.filter(({ property }) => properties.includes(property));
  const columns = [...pick(key), ...pick(changed)];
  const sets = pick(changed).map(({ name }) => `${name} = r.${name}`);
  const matches = pick(key).map(({ name }) => `t.${name} = r.${name}`);
  const text = `update "${getTableName(table)}" t set ${sets.join()} from ${toRows(columns)} where ${matches.join(' and ')}`;
  for (const chunk of toChunks(rows, countCharacters, MAX_CHUNK_LENGTH)) {
    await runText(transaction, text, toParameters(columns, chunk));
  }
}

/** Counts the characters of a row's texts. All other values are small. */
function countCharacters(row: Record<string, unknown>): number {
  let length = 0;
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'string') length += value.length;
  }
  return length;
}

interface Column {
  property: string;
  name: string;
  type: string;
}

interface Insert {
  text: string;
  /** In the order of the parameters. */
  columns: Column[];
}

const inserts = new WeakMap<PgTable, Map<string, Insert>>();

function toInsert<Table extends PgTable>(table: Table, onConflict: OnConflict<Table>): Insert {
  const cached = inserts.get(table) ?? new Map<string, Insert>();
  inserts.set(table, cached);
  const key = JSON.stringify(onConflict);
  const insert = cached.get(key) ?? writeInsert(table, onConflict);
  cached.set(key, insert);
  return insert;
}

function writeInsert<Table extends PgTable>(table: Table, onConflict: OnConflict<Table>): Insert {
  const columns = toColumns(table);
  const names = columns.map(({ name }) => name).join();
  const insert = `insert into "${getTableName(table)}" (${names}) select ${names} from ${toRows(columns)}`;
  return { text: insert + toConflictClause(columns, onConflict), columns };
}

function toColumns(table: PgTable): Column[] {
  return Object.entries(getTableColumns(table)).map(([property, column]) => ({
    property,
    name: `"${column.name}"`,
    type: toSqlType(column),
  }));
}

/** Returns the SQL type of a column without its collation. */
export function toSqlType(column: AnyPgColumn): string {
  return column.getSQLType().replace(' collate "C"', '');
}

/** Returns a table expression `r` of rows from arrays, one parameter per column. */
function toRows(columns: readonly Column[]): string {
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`);
  return `unnest(${arrays.join()}) as r(${columns.map(({ name }) => name).join()})`;
}

function toParameters(
  columns: readonly Column[],
  rows: readonly Record<string, string | number | boolean | undefined>[],
): string[] {
  return columns.map(({ property, type }) =>
    toArrayText(
      rows.map((row) => row[property]),
      type === 'json',
    ),
  );
}

function toConflictClause<Table extends PgTable>(
  columns: readonly Column[],
  onConflict: OnConflict<Table>,
): string {
  if (onConflict === 'fail') return '';
  if (onConflict === 'keep') return ' on conflict do nothing';
  const keys = columns.filter(({ property }) => onConflict.overwrite.includes(property));
  const updates = columns
    .filter((column) => !keys.includes(column))
    .map(({ name }) => `${name} = excluded.${name}`);
  return ` on conflict (${keys.map(({ name }) => name).join()}) do update set ${updates.join()}`;
}

/** Returns texts as one parameter for `= any(…)`, so the statement text does not vary. */
export function toTextArray(texts: Iterable<string>): SQL {
  return sql`${toArrayText([...texts])}::text[]`;
}

/**
 * Returns an array as text ("Array Input and Output Syntax"). In quotes, a backslash escapes the
 * next character, as in JSON. Of a text that needs escapes, JSON.stringify is much faster than the
 * replacement, but escapes control characters and lone surrogates in its own way. JSON texts
 * contain neither.
 */
export function toArrayText(
  values: readonly (string | number | boolean | undefined)[],
  areJson = false,
): string {
  let elements = '';
  for (const value of values) {
    if (elements !== '') elements += ',';
    if (value === undefined) elements += 'NULL';
    else if (typeof value !== 'string') elements += String(value);
    else if (!ESCAPED.test(value)) elements += `"${value}"`;
    else elements += areJson ? JSON.stringify(value) : `"${value.replace(/["\\]/g, '\\$&')}"`;
  }
  return `{${elements}}`;
}

const ESCAPED = /["\\]/;

/** Joins expressions with commas. */
export function join(parts: SQL[] | ReturnType<typeof sql.identifier>[]): SQL {
  return sql.join(parts as SQL[], sql.raw(', '));
}

import { getTableColumns, getTableName, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toChunks } from '../domain/chunks.ts';
import { type Queries, run, runText } from './database.ts';

/** A row to write: one member per column, JSON columns as their text; undefined is null. */
export type WriteRow<Table extends PgTable> = {
  [Column in keyof Table['_']['columns']]: string | number | boolean | undefined;
};

/** Characters of one statement's parameters: a text of V8 ends at half a gigabyte, and a message of PostgreSQL at one. */
const MAX_CHUNK_LENGTH = 16_000_000;

/** What becomes of a row whose key is there already. */
type OnConflict<Table extends PgTable> = 'fail' | 'keep' | { overwrite: (keyof Table['_']['columns'])[] };

/**
 * Writes any number of rows with one statement text, so that it is prepared once: a column is one parameter, an array. Very many
 * rows go as several statements.
 */
export async function insertMany<Table extends PgTable>(
  transaction: Queries,
  table: Table,
  rows: readonly WriteRow<Table>[],
  onConflict: OnConflict<Table> = 'fail',
): Promise<void> {
  const { text, columns } = toInsert(table, onConflict);
  for (const chunk of toChunks(rows, toLength, MAX_CHUNK_LENGTH)) {
    const parameters = columns.map(({ property, isJson }) =>
      toArrayText(
        chunk.map((row) => row[property]),
        isJson,
      ),
    );
    await runText(transaction, text, parameters);
  }
}

/** The characters of a row's texts; whatever else it has is small. */
function toLength(row: object): number {
  let length = 0;
  for (const value of Object.values(row)) if (typeof value === 'string') length += value.length;
  return length;
}

interface Insert {
  text: string;
  /** In the order of the parameters. */
  columns: { property: string; isJson: boolean }[];
}

const inserts = new WeakMap<PgTable, Map<string, Insert>>();

function toInsert<Table extends PgTable>(table: Table, onConflict: OnConflict<Table>): Insert {
  const known = inserts.get(table) ?? new Map<string, Insert>();
  inserts.set(table, known);
  const key = JSON.stringify(onConflict);
  const insert = known.get(key) ?? writeInsert(table, onConflict);
  known.set(key, insert);
  return insert;
}

function writeInsert<Table extends PgTable>(table: Table, onConflict: OnConflict<Table>): Insert {
  const columns = Object.entries(getTableColumns(table)).map(([property, column]) => ({
    property,
    name: `"${column.name}"`,
    type: column.getSQLType().replace(' collate "C"', ''),
  }));
  const names = columns.map(({ name }) => name).join();
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join();
  const insert = `insert into "${getTableName(table)}" (${names}) select ${names} from unnest(${arrays}) as r(${names})`;
  return {
    text: insert + toConflictClause(columns, onConflict),
    columns: columns.map(({ property, type }) => ({ property, isJson: type === 'json' })),
  };
}

function toConflictClause<Table extends PgTable>(
  columns: { property: string; name: string }[],
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

/** Columns of a table by the names of their properties. */
type Columns = [property: string, column: PgColumn][];

/** Writes some columns of rows that are there, by their key; otherwise as `insertMany`. */
export async function updateMany<Table extends PgTable, Column extends keyof Table['_']['columns'] & string>(
  transaction: Queries,
  table: Table,
  key: readonly Column[],
  changed: readonly Column[],
  rows: readonly Pick<WriteRow<Table>, Column>[],
): Promise<void> {
  const columns = Object.entries(getTableColumns(table)).filter(([property]) =>
    [...key, ...changed].includes(property as Column),
  );
  const isKey = ([property]: Columns[number]) => key.includes(property as Column);
  const sets = columns
    .filter((column) => !isKey(column))
    .map((column) => sql`${sql.identifier(column[1].name)} = ${toValue(column)}`);
  const matches = columns.filter(isKey).map((column) => sql`${column[1]} = ${toValue(column)}`);
  const texts = rows.map((row) => JSON.stringify(row));
  for (const chunk of toChunks(texts, (text) => text.length, MAX_CHUNK_LENGTH)) {
    await run(
      transaction,
      sql`update ${table} set ${join(sets)} from ${toRecordset(`[${chunk.join()}]`, columns)}
          where ${sql.join(matches, sql` and `)}`,
    );
  }
}

/** Rows that travel as one JSON array, named `r`. */
function toRecordset(rows: string, columns: Columns): SQL {
  const definitions = columns.map(([property, column]) => {
    const type = column.getSQLType();
    return sql`${sql.identifier(property)} ${sql.raw(type === 'json' ? 'text' : type)}`;
  });
  return sql`json_to_recordset(${rows}::json) as r(${join(definitions)})`;
}

function toValue([property, column]: Columns[number]): SQL {
  const value = sql`r.${sql.identifier(property)}`;
  return column.getSQLType() === 'json' ? sql`${value}::json` : value;
}

/** A list of texts as one parameter, for `= any(…)`: one statement text for any number of them. */
export function toTextArray(texts: Iterable<string>): SQL {
  return sql`${toArrayText([...texts])}::text[]`;
}

/**
 * An array as PostgreSQL reads it ("Array Input and Output Syntax"). Inside its quotes a backslash stands before what is meant
 * literally; so it does in JSON, which is written much faster, but for control characters and lone surrogates. JSON texts have
 * neither.
 */
function toArrayText(values: readonly (string | number | boolean | undefined)[], areJson = false): string {
  const elements = values.map((value) => {
    if (value === undefined) return 'NULL';
    if (typeof value !== 'string') return String(value);
    return areJson || !/[\p{Cc}\p{Cs}]/u.test(value)
      ? JSON.stringify(value)
      : `"${value.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join()}}`;
}

/** Expressions separated by commas. */
export function join(parts: SQL[] | ReturnType<typeof sql.identifier>[]): SQL {
  return sql.join(parts as SQL[], sql.raw(', '));
}

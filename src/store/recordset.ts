import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { type Queries, run, runFixed } from './database.ts';

/** A row to write: one member per column, JSON columns as their text; undefined is null. */
export type WriteRow<Table extends PgTable> = {
  [Column in keyof Table['_']['columns']]: string | number | boolean | undefined;
};

/** Characters of one statement's parameter: a text of V8 ends at half a gigabyte, and a message of PostgreSQL at one. */
const MAX_CHUNK_LENGTH = 16_000_000;

/** What becomes of a row whose key is there already. */
type OnConflict<Table extends PgTable> = 'fail' | 'keep' | { overwrite: (keyof Table['_']['columns'])[] };

/**
 * Writes any number of rows with one parameter a statement and one statement text, so that it is prepared once: the rows go as a
 * JSON array, very many of them as several. JSON columns travel as text inside it, because unpacking would refuse their
 * `\u0000`.
 */
export async function insertMany<Table extends PgTable>(
  transaction: Queries,
  table: Table,
  rows: readonly WriteRow<Table>[],
  onConflict: OnConflict<Table> = 'fail',
): Promise<void> {
  for (const chunk of toChunks(rows.map((row) => JSON.stringify(row)))) {
    await runFixed(transaction, toInsert(table, `[${chunk.join()}]`, onConflict));
  }
}

function toChunks(texts: readonly string[]): string[][] {
  const chunks: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    if (length + text.length > MAX_CHUNK_LENGTH) {
      chunks.push([]);
      length = 0;
    }
    chunks.at(-1)?.push(text);
    length += text.length;
  }
  return chunks;
}

/** Columns of a table by the names of their properties. */
type Columns = [property: string, column: PgColumn][];

function toInsert<Table extends PgTable>(table: Table, rows: string, onConflict: OnConflict<Table>): SQL {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, column]) => sql.identifier(column.name));
  const values = columns.map(toValue);
  const insert = sql`insert into ${table} (${join(names)}) select ${join(values)} from ${toRecordset(rows, columns)}`;
  if (onConflict === 'fail') return insert;
  if (onConflict === 'keep') return sql`${insert} on conflict do nothing`;
  const isKey = ([property]: [string, unknown]) => onConflict.overwrite.includes(property);
  const keys = columns.filter(isKey).map(([, { name }]) => sql.identifier(name));
  const updates = columns
    .filter((column) => !isKey(column))
    .map(([, { name }]) => sql`${sql.identifier(name)} = excluded.${sql.identifier(name)}`);
  return sql`${insert} on conflict (${join(keys)}) do update set ${join(updates)}`;
}

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
  for (const chunk of toChunks(rows.map((row) => JSON.stringify(row)))) {
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
  return sql`array(select json_array_elements_text(${JSON.stringify([...texts])}::json))`;
}

/** Expressions separated by commas. */
export function join(parts: SQL[] | ReturnType<typeof sql.identifier>[]): SQL {
  return sql.join(parts as SQL[], sql.raw(', '));
}

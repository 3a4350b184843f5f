import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

/** A row to write: one member per column, JSON columns as their text; undefined is null. */
export type WriteRow<Table extends PgTable> = {
  [Column in keyof Table['_']['columns']]: string | number | boolean | undefined;
};

/**
 * Writes any number of rows with one parameter and one statement text, so that the statement is prepared once: the rows go as
 * one JSON array. JSON columns travel as text inside it, because unpacking would refuse their `\u0000`.
 *
 * With `key`, rows that exist are overwritten whole.
 */
export function toInsertMany<Table extends PgTable>(
  table: Table,
  rows: WriteRow<Table>[],
  key?: (keyof Table['_']['columns'])[],
): SQL {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, column]) => sql.identifier(column.name));
  const definitions = columns.map(([property, column]) => {
    const type = column.getSQLType();
    return sql`${sql.identifier(property)} ${sql.raw(type === 'json' ? 'text' : type)}`;
  });
  const values = columns.map(([property, column]) => {
    const value = sql`r.${sql.identifier(property)}`;
    return column.getSQLType() === 'json' ? sql`${value}::json` : value;
  });
  const insert = sql`insert into ${table} (${join(names)}) select ${join(values)}
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(${join(definitions)})`;
  if (key === undefined) return insert;
  const keys = columns.filter(([property]) => key.includes(property));
  const others = columns.filter(([property]) => !key.includes(property));
  const updates = others.map(
    ([, { name }]) => sql`${sql.identifier(name)} = excluded.${sql.identifier(name)}`,
  );
  return sql`${insert} on conflict (${join(keys.map(([, { name }]) => sql.identifier(name)))})
    do update set ${join(updates)}`;
}

/** A list of texts as one parameter, for `= any(…)`: one statement text for any number of them. */
export function toTextArray(texts: Iterable<string>): SQL {
  return sql`array(select json_array_elements_text(${JSON.stringify([...texts])}::json))`;
}

/** Expressions separated by commas. */
export function join(parts: SQL[] | ReturnType<typeof sql.identifier>[]): SQL {
  return sql.join(parts as SQL[], sql.raw(', '));
}

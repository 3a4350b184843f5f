import { SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Queries } from '../../database/database.ts';
import { sendForValues, toQuery, toText } from '../../database/drizzle-internals.ts';
import { FrequentTexts } from '../filters/frequent-texts.ts';

/** What to read, by the property of the row: columns, or expressions without parameters. */
export type Columns = Readonly<Record<string, PgColumn | SQL>>;

/**
 * Clients choose columns and orders, so there are more statement texts than a connection should
 * keep prepared. Only frequent texts are prepared.
 */
const frequent = new FrequentTexts({ times: 5, remembered: 1_000, most: 200 });

/**
 * Reads rows of plain columns. `head` precedes the statement, and `tail` follows its list of
 * columns. If `isFixed`, the parameters of the text are only keys and bounds, so the statement may
 * be prepared: it then takes one round trip instead of two. A statement with a filter is planned
 * for its values, because a generic plan suits none of them.
 */
export async function selectRows<Row>(
  queries: Queries,
  columns: Columns,
  tail: SQL,
  isFixed: boolean,
  head = sql``,
): Promise<Row[]> {
  const names = Object.keys(columns);
  const list = Object.values(columns);
  const query = toQuery(sql`${head} select ${toSelectList(columns)} ${tail}`);
  const name = isFixed && frequent.record(query.sql) ? 'page' : undefined;
  return sendForValues(queries, query, name, (values) => toRow(names, list, values) as Row);
}

/** Returns the columns as a list of SQL. */
export function toSelectList(columns: Columns): SQL {
  return sql.raw(Object.values(columns).map(toText).join(', '));
}

/** Converts a row from the values that the driver returned. */
export function toRow(
  names: readonly string[],
  columns: readonly (PgColumn | SQL)[],
  values: readonly unknown[],
): object {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index++) {
    const value = values[index];
    const column = columns[index];
    row[names[index] as string] =
      value === null || column instanceof SQL ? value : column?.mapFromDriverValue(value);
  }
  return row;
}

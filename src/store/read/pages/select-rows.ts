import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { type Queries, toQuery } from '../../database/database.ts';
import { FrequentTexts } from '../filters/frequent-texts.ts';

/** Columns to read, by the property they become. */
export type Columns = Readonly<Record<string, PgColumn>>;

/** Clients choose columns and orders, so there are more texts than a connection should remember: those that come often are prepared. */
const frequent = new FrequentTexts({ times: 5, remembered: 1_000, most: 200 });

/**
 * Reads rows of plain columns. `tail` is what follows the list of columns, `head` what stands before the statement. A text whose only parameters are keys and bounds may
 * be prepared (`isFixed`), so that it costs one way to the database and back instead of two; a filter must not be, because the
 * plan that suits all its values suits none.
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
  const query = toQuery(sql`${head} select ${sql.join(list, sql.raw(', '))} ${tail}`);
  const name = isFixed && frequent.meet(query.sql) ? 'page' : undefined;
  const toRows = (rows: unknown[][]) => rows.map((values) => toRow(names, list, values));
  const prepared = queries._.session.prepareQuery(query, undefined, name, true, toRows);
  return (await prepared.execute()) as Row[];
}

/** A row as an object, from the values of its columns as the driver reads them. */
export function toRow(
  names: readonly string[],
  columns: readonly PgColumn[],
  values: readonly unknown[],
): object {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index++) {
    const value = values[index];
    row[names[index] as string] = value === null ? null : columns[index]?.mapFromDriverValue(value);
  }
  return row;
}

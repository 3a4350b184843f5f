import type { Query, SQL, Subquery } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Queries } from './database.ts';

/*
 * All use of what Drizzle does not document: the dialect, the session's `prepareQuery`, and the
 * fields of a subquery. test/store/drizzle-internals.test.ts fails when a new version changes them.
 */

const dialect = new PgDialect();

/** Returns a statement's text and its parameters, placeholders included. */
export function toQuery(statement: SQL): Query {
  return dialect.sqlToQuery(statement);
}

/**
 * Sends a statement and returns its rows as objects by column name, as the driver reads them. A
 * `name`, whichever it is, lets each connection prepare the text once.
 */
export async function sendForObjects(
  queries: Queries,
  query: Query,
  name: string | undefined,
): Promise<object[]> {
  const result = await queries._.session.prepareQuery(query, undefined, name, false).execute();
  return toObjects(result);
}

/** As `sendForObjects`, but converts each row from its values in the order of the selected columns. */
export async function sendForValues<Row>(
  queries: Queries,
  query: Query,
  name: string | undefined,
  toRow: (values: readonly unknown[]) => Row,
  placeholders?: Record<string, unknown>,
): Promise<Row[]> {
  const toRows = (rows: unknown[][]) => rows.map(toRow);
  const prepared = queries._.session.prepareQuery(query, undefined, name, true, toRows);
  return (await prepared.execute(placeholders)) as Row[];
}

/** Returns the fields of a subquery, to select them as one object. */
export function fieldsOf<Fields extends Record<string, unknown>>(subquery: Subquery<string, Fields>): Fields {
  return { ...subquery._.selectedFields };
}

/** postgres.js returns an array of rows, PGlite an object that contains one. */
export function toObjects(result: unknown): object[] {
  return Array.isArray(result) ? result : (result as { rows: object[] }).rows;
}

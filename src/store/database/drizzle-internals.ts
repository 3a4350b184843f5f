import { type Query, type SQL, type SQLWrapper, type Subquery, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Queries } from './database.ts';

/*
 * The only use of undocumented features of Drizzle: the dialect, the session's `prepareQuery`,
 * and the fields of a subquery. test/store/drizzle-internals.test.ts fails if a new version
 * changes them.
 */

const dialect = new PgDialect();

/** Returns a statement's text and its parameters, placeholders included. */
export function toQuery(statement: SQL): Query {
  return dialect.sqlToQuery(statement);
}

const texts = new WeakMap<SQLWrapper, string>();

/**
 * Returns the SQL of a column, a table or an expression without parameters. It is cached, because
 * Drizzle renders each part of a statement again and slowly.
 */
export function toText(part: SQLWrapper): string {
  const cached = texts.get(part);
  if (cached !== undefined) return cached;
  const { sql: text, params } = toQuery(sql`${part}`);
  if (params.length > 0) throw new Error(`${text} has parameters.`);
  texts.set(part, text);
  return text;
}

/**
 * Sends a statement and returns its rows as objects by column name, as the driver reads them.
 * If there is a `name`, each connection prepares the text once; the name itself has no effect.
 */
export async function sendForObjects(
  queries: Queries,
  query: Query,
  name: string | undefined,
): Promise<object[]> {
  const result = await queries._.session.prepareQuery(query, undefined, name, false).execute();
  return toObjects(result);
}

/** Like `sendForObjects`, but converts the values of a row, in the order of the columns. */
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

/** Returns the rows of a result: of postgres.js an array, of PGlite an object with one. */
export function toObjects(result: unknown): object[] {
  return Array.isArray(result) ? result : (result as { rows: object[] }).rows;
}

/**
 * Returns the same queries, which report the text of each statement to `observe` as they send it,
 * and to the function that it returns whether the statement succeeded.
 */
export function observeStatements(
  queries: Queries,
  observe: (text: string) => ((isOk: boolean) => void) | undefined,
): Queries {
  const { session } = queries._;
  const observed = Object.create(session, {
    prepareQuery: {
      value(query: Query, ...rest: unknown[]) {
        const prepared = Reflect.apply(session.prepareQuery, this, [query, ...rest]);
        const execute = prepared.execute.bind(prepared);
        prepared.execute = async (...values: unknown[]) => {
          const finish = observe(query.sql);
          try {
            const result = await execute(...values);
            finish?.(true);
            return result;
          } catch (failure) {
            finish?.(false);
            throw failure;
          }
        };
        return prepared;
      },
    },
  });
  return Object.assign(Object.create(queries), { session: observed, _: { ...queries._, session: observed } });
}

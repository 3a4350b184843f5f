import { and, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toArrayText, toSqlType } from '../database/bulk.ts';
import type { TenantDatabase } from '../database/database.ts';
import { fieldsOf, sendForValues, toQuery } from '../database/drizzle-internals.ts';
import { hide, isOfTenant, rowsOfKeys } from '../database/lookups.ts';
import { builtOnce } from '../database/statements.ts';
import { type Columns, toRow, toSelectList } from './pages/select-rows.ts';

/** The table and columns of a lookup by keys. */
export interface Keyed {
  table: PgTable & { tenantId: PgColumn };
  /** The column that identifies a row within its tenant. */
  key: PgColumn;
  columns: Columns;
  /** What the columns need besides the table. */
  joins?: SQL;
  /** A further condition. */
  where?: SQL | undefined;
}

/** Finds the rows of a tenant with one of the keys, in any order. */
export type FindByKeys<Key, Row> = (database: TenantDatabase, keys: readonly Key[]) => Promise<Row[]>;

/** Creates a lookup by keys. `name` is the name of its prepared statement. */
export function toFinder<Key extends string | number, Row>(
  name: string,
  { table, key, columns, joins = sql``, where }: Keyed,
): FindByKeys<Key, Row> {
  const [names, list] = [Object.keys(columns), Object.values(columns)];
  const from = sql`${rowsOfKeys(table, key, TENANT, KEYS)} ${joins}`;
  const query = toQuery(sql`select ${toSelectList(columns)} from ${from} where ${where ?? sql`true`}`);
  const toRecord = (values: readonly unknown[]) => toRow(names, list, values) as Row;
  return ({ read, tenantId }, keys) =>
    read((queries) => sendForValues(queries, query, name, toRecord, { tenantId, keys: toArrayText(keys) }));
}

/**
 * Creates a lookup of the first row, in an order, for each key. LATERAL reads one row per key from
 * the index of the order; DISTINCT ON would read and sort all rows of the keys.
 */
export function toFirstFinder<Key extends string | number, Row>(
  name: string,
  { table, key, columns }: Omit<Keyed, 'joins' | 'where'>,
  order: readonly SQL[],
): FindByKeys<Key, Row> {
  const wanted = sql`unnest(${hide(KEYS, `${toSqlType(key)}[]`)}) as wanted(key)`;
  const find = builtOnce((queries) => {
    const first = queries
      .select(columns)
      .from(table as PgTable)
      .where(and(isOfTenant(table.tenantId, TENANT), sql`${key} = wanted.key ${toCollation(key)}`))
      .orderBy(...order)
      .limit(1)
      .as('first_row');
    return queries.select(fieldsOf(first)).from(wanted).crossJoinLateral(first).prepare(name);
  });
  return ({ read, tenantId }, keys) =>
    read((queries) => find(queries, { tenantId, keys: toArrayText(keys) }) as Promise<Row[]>);
}

const TENANT = sql.placeholder('tenantId');
const KEYS = sql.placeholder('keys');

const COLLATION = 'collate "C"';

/** The collation of a column, for a value that is compared with it. */
function toCollation(key: PgColumn): SQL {
  return sql.raw(key.getSQLType().endsWith(COLLATION) ? COLLATION : '');
}

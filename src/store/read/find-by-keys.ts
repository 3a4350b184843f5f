import { and, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { isOfTenant, toArrayText } from '../database/bulk.ts';
import type { Queries, TenantDatabase } from '../database/database.ts';
import { fieldsOf } from '../database/drizzle-internals.ts';
import { builtOnce } from '../database/statements.ts';
import type { Columns } from './pages/select-rows.ts';

/** The table and columns of a lookup by keys. */
export interface Keyed {
  table: PgTable & { tenantId: PgColumn };
  /** The column that identifies a row within its tenant. */
  key: PgColumn;
  columns: Columns;
  /** A further condition. */
  where?: SQL | undefined;
}

/** Finds the rows of a tenant with one of the keys, in any order. */
export type FindByKeys<Key, Row> = (database: TenantDatabase, keys: readonly Key[]) => Promise<Row[]>;

/** Creates a lookup by keys. `name` is the name of its prepared statement. */
export function toFinder<Key extends string | number, Row>(
  name: string,
  { table, key, columns, where }: Keyed,
): FindByKeys<Key, Row> {
  return toPreparedFinder((queries) =>
    queries
      .select(columns)
      .from(table as PgTable)
      .where(and(isOfTenant(table.tenantId, TENANT), sql`${key} = any(${KEYS}::${toArrayType(key)})`, where))
      .prepare(name),
  );
}

/**
 * Creates a lookup of the first row, in an order, for each key. LATERAL reads one row per key from
 * the index of the order; DISTINCT ON would read and sort all rows of the keys.
 */
export function toFirstFinder<Key extends string | number, Row>(
  name: string,
  { table, key, columns, where }: Keyed,
  order: readonly SQL[],
): FindByKeys<Key, Row> {
  const wanted = sql`unnest(${KEYS}::${toArrayType(key)}) as wanted(key)`;
  return toPreparedFinder((queries) => {
    const first = queries
      .select(columns)
      .from(table as PgTable)
      .where(and(isOfTenant(table.tenantId, TENANT), sql`${key} = wanted.key ${toCollation(key)}`, where))
      .orderBy(...order)
      .limit(1)
      .as('first_row');
    return queries.select(fieldsOf(first)).from(wanted).crossJoinLateral(first).prepare(name);
  });
}

const TENANT = sql.placeholder('tenantId');
const KEYS = sql.placeholder('keys');

function toPreparedFinder<Key extends string | number, Row>(
  build: (queries: Queries) => { execute(values: Record<string, unknown>): Promise<object[]> },
): FindByKeys<Key, Row> {
  const find = builtOnce(build);
  return ({ read, tenantId }, keys) =>
    read((queries) => find(queries, { tenantId, keys: toArrayText(keys) }) as Promise<Row[]>);
}

const COLLATION = 'collate "C"';

function toArrayType(key: PgColumn): SQL {
  return sql.raw(`${key.getSQLType().replace(` ${COLLATION}`, '')}[]`);
}

/** The collation of a column, for a value that is compared with it. */
function toCollation(key: PgColumn): SQL {
  return sql.raw(key.getSQLType().endsWith(COLLATION) ? COLLATION : '');
}

import { getTableColumns, getTableName, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { join, toArrayText, toSqlType } from './bulk.ts';
import type { Queries } from './database.ts';
import { runFixed } from './statements.ts';

/*
 * Lookups of rows by key, in statements that are prepared: one index lookup per key, and one plan
 * for all values.
 *
 * - The values are hidden from the planner: `(select $1)`. A plan for known values seems cheaper
 *   to PostgreSQL than a plan for all values, so it would plan the statement for each execution,
 *   which takes longer than the lookup. Without the values it keeps the plan after five executions.
 * - Each key is looked up by itself (`unnest`, LATERAL). PostgreSQL assumes ten keys. For
 *   `= any(…)` it would scan a table of some hundred rows.
 * - OFFSET 0 keeps the planner from turning the lookups into a join.
 *
 * The key needs an index that begins with the tenant and the key. A plan for a table of a few pages
 * scans it, for each key, until the next ANALYZE. So tables are analysed while they grow
 * (analyse-early.ts), and sequential scans are off for writes (open-postgres.ts).
 */

/** A table whose rows belong to tenants. */
type TenantTable = PgTable & { tenantId: AnyPgColumn };

/** Hides a value from the planner. `type` is its SQL type. */
export function hide(value: string | Placeholder, type: string): SQL {
  return sql`(select ${value}::${sql.raw(type)})`;
}

/**
 * Filters by tenant in a lookup by key, and hides the tenant from the planner. If the
 * statistics are stale and the tenant looks small, every index that begins with the tenant
 * seems as good as the index of the key. The plan then reads all rows of the tenant per key.
 */
export function isOfTenant(column: AnyPgColumn, tenantId: string | Placeholder): SQL {
  return sql`${column} = ${hide(tenantId, 'text')}`;
}

/**
 * Returns a FROM list: the rows of a tenant with one of the keys, under the name of their table.
 * `keys` is an array as text.
 */
export function rowsOfKeys(
  table: TenantTable,
  key: AnyPgColumn,
  tenantId: string | Placeholder,
  keys: string | Placeholder,
): SQL {
  return sql`unnest(${hide(keys, `${toSqlType(key)}[]`)}) as wanted(wanted_key) cross join lateral (
      select * from ${table} where ${isOfTenant(table.tenantId, tenantId)} and ${key} = wanted_key offset 0
    ) as ${sql.identifier(getTableName(table))}`;
}

/** Reads the rows of a tenant that have one of the keys, whole or some of their columns. */
export async function readByKeys<
  Table extends TenantTable,
  Property extends keyof Table['$inferSelect'] & string,
>(
  queries: Queries,
  table: Table,
  key: AnyPgColumn,
  tenantId: string,
  keys: Iterable<string>,
  properties?: readonly Property[],
): Promise<Pick<Table['$inferSelect'], Property>[]> {
  const columns = Object.entries(getTableColumns(table)).filter(
    ([property]) => properties?.includes(property as Property) ?? true,
  );
  const names = columns.map(([, { name }]) => sql.identifier(name));
  const from = rowsOfKeys(table, key, tenantId, toArrayText([...keys]));
  const rows = await runFixed(queries, sql`select ${join(names)} from ${from}`);
  return rows.map((row) => {
    const values = columns.map(([property, column]) => {
      const value = row[column.name] ?? null;
      return [property, value === null ? null : column.mapFromDriverValue(value)];
    });
    return Object.fromEntries(values) as Pick<Table['$inferSelect'], Property>;
  });
}

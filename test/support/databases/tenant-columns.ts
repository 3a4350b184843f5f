import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../../src/store/database/database.ts';
import { run } from '../../../src/store/database/statements.ts';

/** A column with texts, of a table that has tenants. */
export interface TextColumn {
  table: string;
  column: string;
}

/** Runs a statement past the service. Returns its rows. */
export function execute(database: Database, statement: SQL): Promise<Record<string, unknown>[]> {
  return database.acrossTenants.write((transaction) => run(transaction, statement));
}

/** Lists every column that can hold text, of every table with a tenant. */
export async function listTextColumns(database: Database): Promise<TextColumn[]> {
  const rows = await execute(
    database,
    sql`select c.table_name, c.column_name from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
      where t.table_type = 'BASE TABLE' and c.table_schema = current_schema()
        and c.data_type not in ('bigint', 'integer', 'smallint', 'boolean', 'date', 'timestamp with time zone')
        and c.table_name in (select table_name from information_schema.columns
          where table_schema = current_schema() and column_name = 'tenant_id')
      order by 1, 2`,
  );
  return rows.map((row) => ({ table: String(row.table_name), column: String(row.column_name) }));
}

/** The different values of a column in the rows of a tenant, as texts. */
export async function readColumn(
  database: Database,
  { table, column }: TextColumn,
  tenantId: string,
): Promise<string[]> {
  const name = sql.identifier(column);
  const rows = await execute(
    database,
    sql`select distinct ${name}::text as value from ${sql.identifier(table)}
      where tenant_id = ${tenantId} and ${name} is not null`,
  );
  return rows.map(({ value }) => String(value));
}

/** Deletes every row of a tenant, past the service. */
export async function eraseTenant(database: Database, tenantId: string): Promise<void> {
  const tables = new Set((await listTextColumns(database)).map(({ table }) => table));
  for (const table of tables) {
    await execute(database, sql`delete from ${sql.identifier(table)} where tenant_id = ${tenantId}`);
  }
}

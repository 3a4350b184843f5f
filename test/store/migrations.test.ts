import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database/open-database.ts';
import * as logTables from '../../src/store/tables/log-tables.ts';
import * as projectionTables from '../../src/store/tables/projection-tables.ts';
import { createEmptyPostgres } from '../support/databases/databases.ts';

const exported: unknown[] = Object.values({ ...logTables, ...projectionTables });
const tables = exported.filter((value): value is PgTable => is(value, PgTable));

/** What the code says of its tables, in the words of PostgreSQL's catalogue. */
function listExpected() {
  return tables.map(getTableConfig).map(({ name, columns, indexes, primaryKeys }) => ({
    name,
    columns: columns.map((column) => [column.name, toCatalogueType(column.getSQLType()), column.notNull]),
    indexes: [
      ...indexes.map(({ config }) => config.name ?? ''),
      ...primaryKeys.map((key) => key.getName()),
      ...(primaryKeys.length === 0 ? [`${name}_pkey`] : []),
    ].sort(),
  }));
}

const toCatalogueType = (type: string) => {
  if (type.startsWith('text')) return type.includes('collate') ? 'text C' : 'text';
  return type.replace('timestamp (3)', 'timestamp(3)');
};

describe('the migrations', () => {
  it('make exactly the tables, columns and indexes that the code works with', async () => {
    const place = await createEmptyPostgres();
    const database = await openDatabase(place);
    await database[Symbol.asyncDispose]();
    const sql = postgres(place.databaseUrl ?? '', { max: 1, fetch_types: false });
    const columns = await sql<{ table: string; name: string; type: string; required: boolean }[]>`
      select c.relname as table, a.attname as name, a.attnotnull as required,
        format_type(a.atttypid, a.atttypmod) || case when l.collname = 'C' then ' C' else '' end as type
      from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_collation l on l.oid = a.attcollation
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      order by a.attnum`;
    const bookkeeping = '__drizzle_migrations';
    const indexes = await sql<{ table: string; name: string }[]>`
      select tablename as table, indexname as name from pg_indexes where schemaname = 'public'`;
    const names = new Set(columns.map(({ table }) => table).filter((table) => table !== bookkeeping));
    const found = [...names].map((name) => ({
      name,
      columns: columns
        .filter(({ table }) => table === name)
        .map((column) => [column.name, column.type, column.required]),
      indexes: indexes
        .filter(({ table }) => table === name)
        .map((index) => index.name)
        .sort(),
    }));
    await sql.end();
    await place.drop();
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(found.sort(byName)).toEqual(listExpected().sort(byName));
  });
});

import { sql } from 'drizzle-orm';
import type { Queries } from '../database.ts';
import { run } from '../statements.ts';
import { refuse } from './privileges.ts';

/** Drizzle's name of the table that lists the applied migrations. */
export const BOOKKEEPING = '__drizzle_migrations';
/** The schema of that table in Drizzle's migrator, and in versions without DATABASE_SCHEMA. */
const OLD_SCHEMA = 'drizzle';

/** The state of the schema that contains, or will contain, the tables. */
export interface SchemaState {
  schema: string;
  exists: boolean;
  /** Whether the tables exist. A database without migrations has none. */
  hasTables: boolean;
  /** Whether the list of migrations is in this schema instead of Drizzle's. */
  hasBookkeeping: boolean;
  /** The creation time of each applied migration, in milliseconds. */
  applied: readonly number[];
}

/**
 * Reads the state from the catalogue, which every role may read. Throws a Misconfiguration if
 * the role may not read the list of migrations.
 */
export async function readSchemaState(queries: Queries, schema: string): Promise<SchemaState> {
  const rows = await run<{ schema: string; name: string }>(
    queries,
    sql`select n.nspname as schema, c.relname as name
        from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p')
          and (c.relname = ${BOOKKEEPING} or (c.relname = 'tenants' and n.nspname = ${schema}))
        where n.nspname in (${schema}, ${OLD_SCHEMA})`,
  );
  const has = (inSchema: string, name: string) =>
    rows.some((row) => row.schema === inSchema && row.name === name);
  const hasTables = has(schema, 'tenants');
  const hasBookkeeping = has(schema, BOOKKEEPING);
  // Another program may use Drizzle too, so the list is ours only if our tables exist.
  const isOld = !hasBookkeeping && hasTables && has(OLD_SCHEMA, BOOKKEEPING);
  return {
    schema,
    exists: rows.some((row) => row.schema === schema),
    hasTables,
    hasBookkeeping,
    applied: hasBookkeeping || isOld ? await readApplied(queries, isOld ? OLD_SCHEMA : schema) : [],
  };
}

async function readApplied(queries: Queries, schema: string): Promise<number[]> {
  const [right] = await run(
    queries,
    sql`select has_schema_privilege(n.oid, 'usage') as "mayUse", has_table_privilege(c.oid, 'select') as "mayRead"
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ${schema} and c.relname = ${BOOKKEEPING}`,
  );
  if (right?.mayUse !== true)
    await refuse(queries, (role) => `grant usage on schema "${schema}" to ${role};`);
  if (right?.mayRead !== true) {
    await refuse(queries, (role) => `grant select on "${schema}"."${BOOKKEEPING}" to ${role};`);
  }
  const rows = await run(
    queries,
    sql`select created_at from ${sql.identifier(schema)}.${sql.identifier(BOOKKEEPING)}`,
  );
  return rows.map((row) => Number(row.created_at));
}

/**
 * Returns the schema in which an earlier version created the tables, if it is not the default.
 * `migrations` are the times of our migrations, which distinguish our list from that of
 * another program.
 */
export async function findMovedSchema(
  queries: Queries,
  migrations: readonly number[],
): Promise<string | undefined> {
  const [found] = await run(
    queries,
    sql`select t.schemaname as schema from pg_tables t
        where t.tablename = 'tenants' and has_schema_privilege(t.schemaname, 'usage')
          and exists (select from pg_tables e where e.schemaname = t.schemaname and e.tablename = 'events')
          and exists (select from pg_tables q where q.schemaname = t.schemaname and q.tablename = 'quarantine')
          and not exists (select from pg_tables b where b.schemaname = t.schemaname and b.tablename = ${BOOKKEEPING})
          and exists (select from pg_tables b where b.schemaname = ${OLD_SCHEMA} and b.tablename = ${BOOKKEEPING})
        limit 1`,
  );
  if (found === undefined) return undefined;
  const applied = await readApplied(queries, OLD_SCHEMA);
  return applied.some((createdAt) => migrations.includes(createdAt)) ? String(found.schema) : undefined;
}

import { is, sql } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import * as logTables from '../../tables/log-tables.ts';
import * as projectionTables from '../../tables/projection-tables.ts';
import { join } from '../bulk.ts';
import type { Queries } from '../database.ts';
import { run } from '../statements.ts';

/**
 * Throws a Misconfiguration with the statement that grants what the role lacks. `toStatement`
 * receives the names of the role and the database, quoted for SQL.
 */
export async function refuse(
  queries: Queries,
  toStatement: (role: string, database: string) => string,
): Promise<never> {
  const [row] = await run(
    queries,
    sql`select format('%I', current_user) as role, format('%I', current_database()) as database`,
  );
  const role = String(row?.role);
  const statement = toStatement(role, String(row?.database));
  throw new Misconfiguration([
    `DATABASE_URL: the role ${role} lacks a privilege; an administrator has to run: ${statement}`,
  ]);
}

/** Checks that the role may create and change the tables. Throws a Misconfiguration. */
export async function checkMayMigrate(queries: Queries, schema: string, exists: boolean): Promise<void> {
  if (!exists) {
    const [right] = await run(
      queries,
      sql`select has_database_privilege(current_database(), 'create') as "mayCreate"`,
    );
    if (right?.mayCreate === true) return;
    return refuse(queries, (role) => `create schema "${schema}" authorization ${role};`);
  }
  const [right] = await run(
    queries,
    sql`select has_schema_privilege(${schema}, 'create') and has_schema_privilege(${schema}, 'usage') as "mayCreate"`,
  );
  if (right?.mayCreate !== true) {
    await refuse(queries, (role) => `grant usage, create on schema "${schema}" to ${role};`);
  }
  await checkOwns(queries, schema);
}

/** Checks that the role is, or belongs to, the tables' owner. Throws a Misconfiguration. */
export async function checkOwns(queries: Queries, schema: string): Promise<void> {
  const [other] = await run(
    queries,
    sql`select format('%I', pg_get_userbyid(relowner)) as owner from pg_class
        where relnamespace = (select oid from pg_namespace where nspname = ${schema}) and relname in (${OUR_TABLES}) and relkind in ('r', 'p')
          and not pg_has_role(relowner, 'usage') limit 1`,
  );
  if (other !== undefined) await refuse(queries, (role) => `grant ${other.owner} to ${role};`);
}

/**
 * Checks, before anything is created, that the role may replace the tables by those of the
 * schema `shadow`. Throws a Misconfiguration.
 */
export async function checkMayRebuild(queries: Queries, schema: string, shadow: string): Promise<void> {
  await checkOwns(queries, schema);
  const [right] = await run(
    queries,
    sql`select has_schema_privilege(${schema}, 'create') as "mayReplace",
          has_database_privilege(current_database(), 'create') as "mayCreate",
          (select format('%I', pg_get_userbyid(nspowner)) from pg_namespace
            where nspname = ${shadow} and not pg_has_role(nspowner, 'usage')) as "otherOwner"`,
  );
  const otherOwner = right?.otherOwner;
  if (typeof otherOwner === 'string') await refuse(queries, (role) => `grant ${otherOwner} to ${role};`);
  if (right?.mayReplace !== true) {
    await refuse(queries, (role) => `grant create on schema "${schema}" to ${role};`);
  }
  if (right?.mayCreate !== true) {
    await refuse(queries, (role, database) => `grant create on database ${database} to ${role};`);
  }
}

/** The names of the service's tables. */
export const OUR_TABLES = join(
  Object.values<unknown>({ ...logTables, ...projectionTables })
    .filter((value): value is PgTable => is(value, PgTable))
    .map((table) => sql`${getTableConfig(table).name}`),
);

/** Checks that the role may read and write the tables. Throws a Misconfiguration. */
export async function checkMayWork(queries: Queries, schema: string): Promise<void> {
  const [right] = await run(
    queries,
    sql`select has_schema_privilege(n.oid, 'usage') as "mayUse",
          bool_and(has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')
            and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete')) as "mayWrite"
        from pg_namespace n join pg_class c on c.relnamespace = n.oid
        where n.nspname = ${schema} and c.relname in (${OUR_TABLES}) group by n.oid`,
  );
  if (right?.mayUse !== true)
    await refuse(queries, (role) => `grant usage on schema "${schema}" to ${role};`);
  if (right?.mayWrite !== true) {
    await refuse(
      queries,
      (role) => `grant select, insert, update, delete on all tables in schema "${schema}" to ${role};`,
    );
  }
}

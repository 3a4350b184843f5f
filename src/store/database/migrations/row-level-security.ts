import { type SQL, sql } from 'drizzle-orm';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import type { Queries } from '../database.ts';
import { toFailureCode } from '../failure.ts';
import { run } from '../statements.ts';
import { OUR_TABLES } from './privileges.ts';

/*
 * Row-level security is a second check that separates tenants. Statements name their tenant in any
 * case; with ROW_LEVEL_SECURITY=on the database also hides the rows of all other tenants.
 *
 * - The migrations create a policy per table. It compares the tenant of a row with a setting
 *   of the transaction, and without that setting it hides every row. Policies have no effect
 *   until row-level security is enabled on the table, and never for the owner of the table.
 * - At a start with ROW_LEVEL_SECURITY=on, `enableRowLevelSecurity` enables it and creates the
 *   role of requests, as far as the role of DATABASE_URL may do so.
 * - The sessions of requests work as that role, and each of their transactions begins with the
 *   setting (`postgres/tenant-queries.ts`). Statements across tenants, migrations and rebuilds
 *   work as the role of DATABASE_URL, which has to be exempt from the policies.
 */

/** The role of requests. Roles belong to the server, so all databases share it. */
export const TENANT_ROLE = 'qlik_event_graph_tenant';

/** The setting that names the tenant of a transaction, after the character `=`. */
export const TENANT_SETTING = 'qlik_event_graph.tenant_id';

/** The name of the policy of each table. */
export const POLICY = 'tenant_of_transaction';

/**
 * The condition of the policies. A session in which the setting was used has '' instead of no
 * value, so the value begins with `=`: '' is no tenant, and `=` is the tenant of quarantined
 * items without one (NO_TENANT).
 */
const CONDITION = `tenant_id = substr(nullif(current_setting('${TENANT_SETTING}', true), ''), 2)`;

/** Returns the statement that creates the policy of a table, whose name is quoted. */
export function toPolicyStatement(table: string): string {
  return `create policy ${POLICY} on ${table} using (${CONDITION})`;
}

/** The tables of a schema, for a statement that selects from them. */
const fromOurTables = (schema: string) => sql`from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where nspname = ${schema} and relname in (${OUR_TABLES}) and relkind in ('r', 'p')`;

/** A state of the database, and the statement that brings it about. */
interface Requirement {
  isMet: SQL;
  statement: string;
  /** Whether the condition can be evaluated only if the role of requests exists. */
  needsRole?: true;
}

/** What another process may have done at the same time, or the role may not do. */
const TRIED_IN_VAIN = new Set([
  '42501', // insufficient_privilege
  '42710', // duplicate_object
  '23505', // unique_violation: two processes create the role
  'XX000', // internal_error: two processes grant the same privilege
]);

/**
 * Enables row-level security on the tables of a schema and prepares the role of requests. If
 * the role of DATABASE_URL lacks a privilege, throws a Misconfiguration with the statements
 * that an administrator has to run.
 */
export async function enableRowLevelSecurity(queries: Queries, schema: string): Promise<void> {
  const isMet = async ({ isMet: condition }: Requirement) => {
    const [row] = await run(queries, sql`select ${condition} as met`);
    return row?.met === true;
  };
  const missing: string[] = [];
  const ensure = async (requirement: Requirement) => {
    if (await isMet(requirement)) return;
    try {
      await run(queries, sql.raw(requirement.statement));
    } catch (failure) {
      if (!TRIED_IN_VAIN.has(toFailureCode(failure) ?? '')) throw failure;
    }
    if (!(await isMet(requirement))) missing.push(requirement.statement);
  };
  const hasRole: Requirement = {
    isMet: sql`exists (select from pg_roles where rolname = ${TENANT_ROLE})`,
    statement: `create role ${TENANT_ROLE}`,
  };
  await ensure(hasRole);
  const requirements = await listRequirements(queries, schema);
  const roleExists = await isMet(hasRole);
  for (const requirement of requirements) {
    if (roleExists || requirement.needsRole !== true) await ensure(requirement);
    else missing.push(requirement.statement);
  }
  if (missing.length > 0) {
    throw new Misconfiguration([
      `ROW_LEVEL_SECURITY: the role of DATABASE_URL lacks a privilege; an administrator has to run: ${missing.join('; ')};`,
    ]);
  }
  await refuseExemptRole(queries, schema);
}

async function listRequirements(queries: Queries, schema: string): Promise<Requirement[]> {
  const rows = await run<{ name: string; oid: string; login: string; version: number }>(
    queries,
    sql`select format('%I.%I', nspname, relname) as name, c.oid::text as oid, format('%I', session_user) as login,
          current_setting('server_version_num')::int / 10000 as version
        ${fromOurTables(schema)} order by relname`,
  );
  const [first] = rows;
  if (first === undefined) throw new Error(`There are no tables in the schema ${schema}.`);
  const oids = sql`any(${`{${rows.map(({ oid }) => oid).join()}}`}::oid[])`;
  const mayDo = ['select', 'insert', 'update', 'delete'].map(
    (privilege) => sql`has_table_privilege(${TENANT_ROLE}, oid, ${privilege})`,
  );
  return [
    first.version < 16
      ? {
          isMet: sql`pg_has_role(session_user, ${TENANT_ROLE}, 'member')`,
          statement: `grant ${TENANT_ROLE} to ${first.login}`,
          needsRole: true,
        }
      : {
          isMet: sql`pg_has_role(session_user, ${TENANT_ROLE}, 'set')`,
          statement: `grant ${TENANT_ROLE} to ${first.login} with inherit false, set true`,
          needsRole: true,
        },
    {
      isMet: sql`has_schema_privilege(${TENANT_ROLE}, ${schema}, 'usage')`,
      statement: `grant usage on schema "${schema}" to ${TENANT_ROLE}`,
      needsRole: true,
    },
    {
      isMet: sql`(select bool_and(${sql.join(mayDo, sql` and `)}) from pg_class where oid = ${oids})`,
      statement: `grant select, insert, update, delete on ${rows.map(({ name }) => name).join(', ')} to ${TENANT_ROLE}`,
      needsRole: true,
    },
    ...rows.flatMap(({ name, oid }): Requirement[] => [
      {
        isMet: sql`exists (select from pg_policy where polrelid = ${oid}::oid and polname = ${POLICY})`,
        statement: toPolicyStatement(name),
      },
      {
        isMet: sql`(select relrowsecurity from pg_class where oid = ${oid}::oid)`,
        statement: `alter table ${name} enable row level security`,
      },
    ]),
    {
      isMet: sql`(select not bool_or(row_security_active(oid)) from pg_class where oid = ${oids})`,
      statement: `alter role ${first.login} bypassrls`,
    },
  ];
}

/** Throws a Misconfiguration if the role of requests is exempt from the policies. */
async function refuseExemptRole(queries: Queries, schema: string): Promise<void> {
  const isSubject = await queries.transaction(async (transaction) => {
    await run(transaction, sql.raw(`set local role ${TENANT_ROLE}`));
    const [row] = await run(
      transaction,
      sql`select bool_and(row_security_active(c.oid)) as all ${fromOurTables(schema)}`,
    );
    return row?.all === true;
  });
  if (isSubject) return;
  throw new Misconfiguration([
    `ROW_LEVEL_SECURITY: the role ${TENANT_ROLE} is exempt from row-level security; it must not be a superuser, have BYPASSRLS, or be the owner of the tables or a member of it.`,
  ]);
}

/**
 * Throws a Misconfiguration if policies hide rows from the role of DATABASE_URL. Without
 * ROW_LEVEL_SECURITY every statement works as that role and would find nothing.
 */
export async function refuseHiddenRows(queries: Queries, schema: string): Promise<void> {
  const [row] = await run(
    queries,
    sql`select bool_or(row_security_active(c.oid)) as hidden, format('%I', current_user) as role
        ${fromOurTables(schema)}`,
  );
  if (row?.hidden !== true) return;
  throw new Misconfiguration([
    `DATABASE_URL: row-level security hides the rows from the role ${row.role}; an administrator has to run: alter role ${row.role} bypassrls;`,
  ]);
}

import { sql } from 'drizzle-orm';
import type { Queries } from '../database/database.ts';
import { POLICY, toPolicyStatement } from '../database/migrations/row-level-security.ts';
import { run } from '../database/statements.ts';
import { PROJECTION_NAMES } from './projections.ts';

/**
 * Lists objects that depend on the projections and would be dropped with the old tables:
 * views, triggers, policies, publications and foreign keys. Returns PostgreSQL's description
 * of each. The policies of this service are not listed, because `listAttributes` copies them.
 */
export async function listDependents(queries: Queries, home: string): Promise<string[]> {
  const rows = await run(
    queries,
    sql`select distinct pg_describe_object(d.classid, d.objid, 0) as what
        from pg_depend d join pg_class t on t.oid = d.refobjid join pg_namespace n on n.oid = t.relnamespace
        left join pg_policy p on d.classid = 'pg_policy'::regclass and p.oid = d.objid
        left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
        where d.refclassid = 'pg_class'::regclass and n.nspname = ${home} and t.relname in (${PROJECTION_NAMES})
          and p.polname is distinct from ${POLICY} and (d.classid in ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
            'pg_publication_rel'::regclass) or k.contype = 'f')
        order by what`,
  );
  return rows.map(({ what }) => String(what));
}

/**
 * Lists statements that copy owner, privileges, storage settings and row-level security to
 * the new tables.
 */
export async function listAttributes(transaction: Queries, home: string): Promise<string[]> {
  const rows = await run(
    transaction,
    sql`with tables as (
          select c.*, format('%I.%I', nspname, relname) as name
          from pg_class c join pg_namespace n on n.oid = relnamespace
          where nspname = ${home} and relname in (${PROJECTION_NAMES})),
        grants as (
          select name, relowner, '' as columns, (aclexplode(relacl)).* from tables
          union all select name, relowner, format(' (%I)', attname), (aclexplode(attacl)).*
          from tables join pg_attribute on attrelid = tables.oid where attnum > 0 and not attisdropped)
        select format('alter table %s set (%I = %L)', name, option_name, option_value) as statement
        from tables, pg_options_to_table(reloptions)
        union all
        select format('grant %s%s on %s to %s%s', privilege_type, columns, name,
          case grantee when 0 then 'public' else grantee::regrole::text end,
          case when is_grantable then ' with grant option' else '' end)
        from grants where grantee <> relowner
        union all
        select format(statement, name) from tables join pg_policy on polrelid = tables.oid and polname = ${POLICY}
          cross join (select ${toPolicyStatement('%s')}::text as statement) as policy
        union all
        select format('alter table %s %s row level security', name, option) from tables
          cross join lateral (values (relrowsecurity, 'enable'), (relforcerowsecurity, 'force')) as o(is_set, option)
        where is_set
        union all
        select format('alter table %s owner to %s', name, relowner::regrole)
        from tables where pg_get_userbyid(relowner) <> current_user
        order by statement desc`,
  );
  return rows.map(({ statement }) => String(statement));
}

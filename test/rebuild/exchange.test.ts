import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { findAutomationRuns } from '../../src/store/read/automation-runs.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { rebuild, store } from './rows.ts';
import { runRebuild } from './run-rebuild.ts';

/**
 * What the catalogue says of the tables: all that a migration, a query or an operator can see of
 * them.
 */
const CATALOGUE = `
  select 'column' as kind, relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attcollation
    || ' ' || attnotnull || ' ' || attstorage::text || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') as what
  from pg_attribute join pg_class c on c.oid = attrelid
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
  union all select 'index', indexdef from pg_indexes where schemaname = 'public'
  union all select 'constraint', conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace
  union all select 'table', relname || ' ' || relpersistence::text || ' ' || pg_get_userbyid(relowner)
    || array(select acl::text from unnest(relacl) as acl order by 1)::text || coalesce(reloptions::text, '') || ' ' || relrowsecurity || relforcerowsecurity
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
  union all select 'policy', concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check) from pg_policies
  union all select 'schema', nspname from pg_namespace where nspname !~ '^pg_' order by 1, 2`;

describe('the exchange of tables at the end of a rebuild', () => {
  let database: TestDatabase;
  let sql: postgres.Sql;
  beforeEach(async () => {
    database = await createTestDatabase('postgres');
    await store(database, [runEvent('one', { id: 'run-1' }), runEvent('two', { id: 'run-2' })]);
    sql = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false, onnotice: () => undefined });
  });
  afterEach(async () => {
    await sql.end();
    await database.drop();
  });

  test('leaves tables, columns, keys, indexes, rights and settings as they were', async () => {
    const role = `reporting ${database.databaseUrl?.slice(-8)}`;
    await sql`create role ${sql(role)}`;
    await sql`grant select on automation_runs to ${sql(role)} with grant option`;
    await sql`grant select (name), update (name) on apps to ${sql(role)}`;
    await sql`grant select on blocks to public`;
    await sql`alter table automation_runs set (fillfactor = 70, autovacuum_enabled = false)`;
    await sql`alter table apps owner to ${sql(role)}`;
    await sql`create index "An operator's own" on automation_runs (lower(title)) where title is not null`;
    await sql`alter table blocks add constraint "ordinal is no negative" check (ordinal >= 0)`;
    const walled = await openDatabase({ ...database, rowLevelSecurity: true });
    await sql`alter table app_reloads disable row level security`;
    const before = await sql.unsafe(CATALOGUE);
    expect(before.filter(({ kind }) => kind === 'policy')).toHaveLength(10);
    await sql`delete from automation_runs`;
    expect(await rebuild(database)).toMatchObject({ agreed: false });
    expect(await sql.unsafe(CATALOGUE)).toEqual(before);
    const found = (tenantId: string) => findAutomationRuns(walled.forTenant(tenantId), ['run-1', 'run-2']);
    expect(await Promise.all(['one', 'two', 'three'].map(found)), 'requests read the new tables').toEqual([
      [expect.objectContaining({ tenantId: 'one' })],
      [expect.objectContaining({ tenantId: 'two' })],
      [],
    ]);
    await walled[Symbol.asyncDispose]();
    const [row] = await sql`select reltuples::int as rows from pg_class where relname = 'automation_runs'`;
    expect(row?.rows, 'the planner knows what is there').toBe(2);

    await using opened = await openDatabase(database);
    await opened.ping(1_000);
    await sql`alter table automation_runs drop column title`;
    await sql`alter table apps owner to postgres`;
    await sql`drop owned by ${sql(role)}`;
    await sql`drop role ${sql(role)}`;
  });

  test('does not happen where views hang on the old tables: it says which, and can be done later', async () => {
    await sql`create view report as select count(*) from automation_runs`;
    expect(await runRebuild(database), 'nothing is to be exchanged').toMatchObject({ status: 0 });
    await sql`delete from automation_runs`;
    const { status, stdout, notes } = await runRebuild(database);
    expect(status).toBe(1);
    expect(stdout).toContain('automation_runs: 2 missing, 0 surplus, 0 different\n');
    expect(notes).toBe(
      'if rows differ, the tables can be exchanged only without rule _RETURN on view report\n' +
        'qlik-event-graph cannot rebuild: exchanging the tables would drop rule _RETURN on view report: drop it, run the rebuild again, and then create it again.\n',
    );
    await sql`drop view report`;
    expect(await runRebuild(database)).toMatchObject({
      status: 2,
      notes: 'resuming the interrupted rebuild\n',
    });
    expect(await sql`select count(*)::int as runs from automation_runs`).toEqual([{ runs: 2 }]);
  });

  test('does not happen where anything else hangs on them that would be lost', async () => {
    await sql`create function notice() returns trigger language plpgsql as 'begin return null; end'`;
    await sql`create trigger observed after insert on apps for each row execute function notice()`;
    await sql`create policy visible on automations for select using (true)`;
    await sql`create publication everything for table app_reloads`;
    await sql`create table notes (tenant_id text collate "C", run_id text collate "C",
      foreign key (tenant_id, run_id) references automation_runs)`;
    await sql`delete from blocks`;
    await sql`delete from automations`;
    await expect(rebuild(database)).rejects.toMatchObject({
      problems: [
        'exchanging the tables would drop constraint notes_tenant_id_run_id_fkey on table notes, policy visible on table automations, ' +
          'publication of table app_reloads in publication everything, trigger observed on table apps: ' +
          'drop it, run the rebuild again, and then create it again.',
      ],
    });
    expect(await sql`select from automations`, 'the old rows are still there').toEqual([]);
  });
});

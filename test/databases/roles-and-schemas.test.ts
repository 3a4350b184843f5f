import { describe, expect, inject, test } from 'vitest';
import { asAdmin, createEmptyPostgres, toTestDatabase } from '../support/databases/databases.ts';
import { createTestRole, type TestRole } from '../support/databases/roles.ts';
import { runEvent } from '../support/events/events.ts';
import { CommandProcess } from '../support/processes/command-process.ts';
import { findProblems, refusedCommand, refusedStart } from '../support/processes/refused-start.ts';
import { startTestService } from '../support/services/service.ts';

/** Starts the service as a role and expects that it stores the event `id`. */
async function expectStores(
  place: { databaseUrl?: string | undefined },
  id: string,
  settings: Record<string, string> = {},
): Promise<void> {
  const service = await startTestService('postgres', settings, toTestDatabase(place.databaseUrl));
  expect(await service.client.ingest(runEvent('one', { id }, { id }))).toMatchObject({ stored: 1 });
  await service.close();
}

/** For tests that start the service several times. */
const SEVERAL_STARTS = { timeout: 90_000 };

const listSchemas = async (role: TestRole) => {
  const rows = await role.asAdmin(
    `select distinct schemaname as name from pg_tables where tablename in ('tenants', '__drizzle_migrations') order by 1`,
  );
  return rows.map((row) => row.name);
};
/** The statement that a line proposes. */
const toStatement = (line: string) => /has to run: (.*;)/.exec(line)?.[1] ?? '';

describe('the encoding of a database', () => {
  test.each(['LATIN1', 'SQL_ASCII'])('%s is refused in one line', async (encoding) => {
    const name = `test_${encoding.toLowerCase()}`;
    await asAdmin((sql) =>
      sql.unsafe(`create database ${name} encoding '${encoding}' locale 'C' template template0`),
    );
    const url = new URL(inject('postgresUrl'));
    url.pathname = `/${name}`;
    try {
      expect(await refusedStart({ DATABASE_URL: url.href })).toContain(`encoding is ${encoding}`);
      expect(await refusedCommand('rebuild', { DATABASE_URL: url.href })).toContain(encoding);
    } finally {
      await asAdmin((sql) => sql.unsafe(`drop database ${name} with (force)`));
    }
  });
});

describe('a role that may not create', () => {
  test(
    'gets the statement that grants what is missing, which is enough; without CREATE it works from then on',
    SEVERAL_STARTS,
    async () => {
      await using role = await createTestRole(() => ['revoke create on schema public from public']);
      const settings = { DATABASE_URL: role.place.databaseUrl };
      const line = await refusedStart(settings);
      expect(line).toContain(role.name);
      expect(line).not.toContain(role.password);
      expect(await listSchemas(role), 'nothing is left half made').toEqual([]);
      const statement = toStatement(line);
      expect(statement).toMatch(/^grant .*create on schema "public" to /);
      await role.asAdmin(statement);
      await expectStores(role.place, 'first');
      await role.asAdmin(`revoke create on schema public from ${role.name}`);
      await expectStores(role.place, 'second');
    },
  );

  test(
    'starts on tables of another role that it may read and write, and gets the statement for each missing right',
    SEVERAL_STARTS,
    async () => {
      await using role = await createTestRole();
      const admin = new URL(role.place.databaseUrl ?? '');
      const { username, password } = new URL(inject('postgresUrl'));
      Object.assign(admin, { username, password });
      await expectStores({ databaseUrl: admin.href }, 'first');
      const settings = { DATABASE_URL: role.place.databaseUrl };
      for (let granted = 0; ; granted += 1) {
        expect(granted).toBeLessThan(5);
        const problems = await findProblems(settings);
        if (problems.length === 0) break;
        expect(problems).toHaveLength(1);
        const statement = toStatement(problems[0] ?? '');
        expect(statement, problems[0]).toMatch(/^grant .* to role_\w+;$/);
        await role.asAdmin(statement);
      }
      await expectStores(role.place, 'second');

      const line = await refusedCommand('rebuild', settings);
      expect(toStatement(line)).toMatch(/^grant .* to role_\w+;$/);
      const [left] = await role.asAdmin(
        `select count(*)::int as count from pg_namespace where nspname like 'projections_rebuild%'`,
      );
      expect(left).toEqual({ count: 0 });
    },
  );
});

describe('DATABASE_SCHEMA', () => {
  test(
    'is where the tables and the list of migrations are, for the service and for rebuild',
    SEVERAL_STARTS,
    async () => {
      await using role = await createTestRole((name, database) => [
        `grant create on database ${database} to ${name}`,
      ]);
      const settings = { DATABASE_SCHEMA: 'My-events' };
      await expectStores(role.place, 'first', settings);
      expect(await listSchemas(role)).toEqual(['My-events']);
      await using rebuild = new CommandProcess('rebuild', [], {
        DATABASE_URL: role.place.databaseUrl,
        ...settings,
      });
      const { status, stderr, stdout } = await rebuild.result();
      expect(status, stderr + stdout).toBe(0);
      expect(await listSchemas(role)).toEqual(['My-events']);
      await expectStores(role.place, 'second', settings);
      const [runs] = await role.asAdmin('select count(*)::int as count from "My-events".automation_runs');
      expect(runs).toEqual({ count: 2 });
    },
  );

  test(
    'is created by the statement in the line where the role may not create it',
    SEVERAL_STARTS,
    async () => {
      await using role = await createTestRole();
      const settings = { DATABASE_SCHEMA: 'events' };
      const line = await refusedStart({ DATABASE_URL: role.place.databaseUrl, ...settings });
      expect(toStatement(line)).toMatch(/^create schema "events" authorization /);
      await role.asAdmin(toStatement(line));
      await expectStores(role.place, 'first', settings);
      expect(await listSchemas(role)).toEqual(['events']);
    },
  );

  test.each(['pg_mine', 'information_schema', 'projections_rebuild', 'a"b', '1st'])(
    'of the name %s is refused',
    async (schema) => {
      const line = await refusedStart({ DATABASE_URL: 'postgres://127.0.0.1/none', DATABASE_SCHEMA: schema });
      expect(line).toContain('DATABASE_SCHEMA');
    },
  );

  test(
    'an installation whose list of migrations is in the schema "drizzle" is neither migrated nor filled again',
    SEVERAL_STARTS,
    async () => {
      const database = await createEmptyPostgres();
      await expectStores(database, 'first');
      await asAdmin(async (sql) => {
        await sql.unsafe('create schema drizzle; alter table public.__drizzle_migrations set schema drizzle');
      }, database.databaseUrl);
      await expectStores(database, 'second');
      const [row] = await asAdmin(
        (sql) => sql`select count(*)::int as count from public.automation_runs`,
        database.databaseUrl,
      );
      expect(row).toEqual({ count: 2 });
      // Where an earlier version created the tables elsewhere, by the role's search_path, the line
      // says where they are.
      await asAdmin(async (sql) => {
        await sql.unsafe('alter schema public rename to moved; create schema public');
      }, database.databaseUrl);
      const line = await refusedStart({ DATABASE_URL: database.databaseUrl });
      expect(line).toContain('DATABASE_SCHEMA=moved');
      await expectStores(database, 'third', { DATABASE_SCHEMA: 'moved' });
      await database.drop();
    },
  );

  test('a migration that cannot finish leaves nothing half made', SEVERAL_STARTS, async () => {
    await using role = await createTestRole((name, database) => [
      `grant create on database ${database} to ${name}`,
      `grant create on schema public to ${name}`,
      // The migrations create a table of this name, but not as the first one.
      'create table public.apps (other int)',
    ]);
    await refusedStart({ DATABASE_URL: role.place.databaseUrl });
    const tables = await role.asAdmin(`select tablename as name from pg_tables where schemaname = 'public'`);
    expect(tables).toEqual([{ name: 'apps' }]);
    await role.asAdmin('drop table public.apps');
    await expectStores(role.place, 'first');
  });
});

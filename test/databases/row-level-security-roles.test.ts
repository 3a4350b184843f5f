import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Misconfiguration } from '../../src/domain/misconfiguration.ts';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import { TENANT_ROLE } from '../../src/store/database/migrations/row-level-security.ts';
import { type DatabaseLocation, openDatabase } from '../../src/store/database/open-database.ts';
import { readLogEnds } from '../../src/store/read/log.ts';
import { type PostgresServer, startPostgres } from '../support/databases/start-postgres.ts';
import { runEvent } from '../support/events/events.ts';
import { refusedStart } from '../support/processes/refused-start.ts';

const LIMITS = { maxBatch: 10, maxEventBytes: 1_000_000, mayWrite: () => true };

// The role of requests belongs to the server, so this suite has a server of its own.
describe('row-level security for a role', () => {
  let server: PostgresServer;
  let folder: string;
  let roles = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-roles-'));
    chmodSync(folder, 0o755);
    server = await startPostgres(join(folder, 'postgres'));
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Creates a role, and a database that belongs to `owner`, or to the role. */
  async function createRole(
    rights = '',
    owner?: string,
  ): Promise<DatabaseLocation & { name: string; admin: URL }> {
    roles += 1;
    const name = `app ${roles}`;
    await server.execute(
      `create role "${name}" login password 'secret' ${rights}`,
      `create database db_${roles} owner "${owner ?? name}"`,
    );
    const admin = Object.assign(new URL(server.url), { pathname: `/db_${roles}` });
    const url = Object.assign(new URL(admin), { username: name, password: 'secret' });
    return { name, admin, databaseUrl: url.href, dataDir: '', rowLevelSecurity: true };
  }

  const asAdmin = async ({ admin }: { admin: URL }, ...statements: string[]) => {
    const { default: postgres } = await import('postgres');
    const sql = postgres(admin.href, { max: 1, fetch_types: false, onnotice: () => undefined });
    for (const statement of statements) await sql.unsafe(statement);
    await sql.end();
  };

  /** Returns the one problem that keeps the database from being opened. */
  async function refusal(location: DatabaseLocation): Promise<string> {
    const failure = await openDatabase(location).catch((error: unknown) => error);
    if (!(failure instanceof Misconfiguration))
      throw new Error('The database was opened.', { cause: failure });
    expect(failure.problems).toHaveLength(1);
    return failure.problems[0] ?? '';
  }
  const toStatements = (line: string) => /has to run: (.*;)$/.exec(line)?.[1] ?? '';

  /** Stores an event of a tenant and reads the ends of its log. */
  async function expectWorks(location: DatabaseLocation): Promise<void> {
    await using database = await openDatabase(location);
    await using queue = openIngestQueue(database, { maxQueueBytes: 1_000_000 });
    expect(await ingestEvents(queue, [runEvent('one') as never], LIMITS)).toMatchObject([
      { outcome: 'STORED' },
    ]);
    expect(await readLogEnds(database.forTenant('one'))).toMatchObject({ head: 1 });
    expect(await readLogEnds(database.forTenant('two'))).toMatchObject({ head: 0 });
  }

  test('that may not create roles ends with one line of statements, which are enough', async () => {
    const place = await createRole();
    const line = await refusal(place);
    expect(line).toMatch(/^ROW_LEVEL_SECURITY: .* an administrator has to run: create role /);
    expect(line).not.toContain('secret');
    expect(await refusedStart({ DATABASE_URL: place.databaseUrl, ROW_LEVEL_SECURITY: 'on' })).toContain(line);
    await asAdmin(place, toStatements(line));
    await expectWorks(place);
    // The role exists now, so the next one only has to become a member.
    const next = await createRole();
    const grant = await refusal({ ...next, databaseSchema: 'my-schema' });
    expect(grant).toContain(`has to run: grant ${TENANT_ROLE} to "${next.name}";`);
    await asAdmin(next, toStatements(grant));
    await expectWorks({ ...next, databaseSchema: 'my-schema' });
  });

  test('that may create roles needs nobody, and several services may start at once', async () => {
    const place = await createRole('createrole');
    await Promise.all([
      expectWorks({ ...place, databaseSchema: 'a' }),
      expectWorks({ ...place, databaseSchema: 'b' }),
    ]);
    const opened = await Promise.all(
      Array.from({ length: 3 }, () => openDatabase({ ...place, databaseSchema: 'c' })),
    );
    await Promise.all(opened.map((database) => database[Symbol.asyncDispose]()));
  });

  test('that is not the owner has to be exempt, with the setting and without it', async () => {
    const place = await createRole('createrole');
    await expectWorks(place);
    const reader = `reader ${roles}`;
    await asAdmin(
      place,
      `create role "${reader}" login password 'secret'`,
      `grant select, insert, update, delete on all tables in schema public to "${reader}"`,
    );
    const url = Object.assign(new URL(place.databaseUrl ?? ''), { username: reader });
    const other = { ...place, databaseUrl: url.href };
    const hidden = await refusal({ ...other, rowLevelSecurity: false });
    expect(hidden).toBe(
      `DATABASE_URL: row-level security hides the rows from the role "${reader}"; an administrator has to run: alter role "${reader}" bypassrls;`,
    );
    const line = await refusal(other);
    expect(line).toContain(`alter role "${reader}" bypassrls;`);
    await asAdmin(place, toStatements(line));
    await using database = await openDatabase(other);
    expect(await readLogEnds(database.forTenant('one'))).toMatchObject({ head: 1 });
    await using without = await openDatabase({ ...other, rowLevelSecurity: false });
    expect(await readLogEnds(without.forTenant('one'))).toMatchObject({ head: 1 });
  });

  test('does not start while the role of requests is exempt', async () => {
    const place = await createRole('createrole');
    await expectWorks(place);
    await server.execute(`alter role ${TENANT_ROLE} bypassrls`);
    expect(await refusal(place)).toMatch(/^ROW_LEVEL_SECURITY: the role qlik_event_graph_tenant is exempt /);
    await server.execute(`alter role ${TENANT_ROLE} nobypassrls`);
    await using database = await openDatabase(place);
    await database.ping(1_000);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, inject, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import {
  asAdmin,
  createTestDatabase,
  type TestDatabase,
  toTestDatabase,
} from '../support/databases/databases.ts';
import { listMarkedBlocks, readDocument } from '../support/documents.ts';
import { runEvent } from '../support/events/events.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService } from '../support/services/service.ts';

const blocks = listMarkedBlocks(readDocument('OPERATIONS.md'));
const textOf = (kind: string, name: string) =>
  blocks.find((block) => block.kind === kind && block.name === name)?.text ?? 'false';
const runShell = (name: string, cwd: string, settings: Record<string, string>) =>
  promisify(execFile)('sh', ['-ec', textOf('sh', name)], { cwd, env: { ...process.env, ...settings } });
const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';

const send = (client: GraphqlClient, count: number) =>
  client.ingest(...Array.from({ length: count }, () => runEvent('one')));
const readHead = async (client: GraphqlClient) =>
  (await client.data('{ eventLog { headPosition headCursor } }')).eventLog;

/** Expects that subscribers of the lost events start over, and that all others continue. */
async function expectRestored(client: GraphqlClient, kept: string, lost: string): Promise<void> {
  expect((await readHead(client)).headPosition).toBe(3);
  await send(client, 4);
  const refused = client.subscribe(EVENTS, { after: lost });
  await refused.until(({ error, received }) => Boolean(error) || received.length > 0);
  expect(JSON.stringify([refused.error, refused.received])).toContain('BAD_CURSOR');
  const continued = client.subscribe(EVENTS, { after: kept });
  await continued.until(({ received }) => received.length === 4);
  expect(continued.received.map(({ eventStored }) => eventStored.event.position)).toEqual([4, 5, 6, 7]);
  await Promise.all([refused.close(), continued.close()]);
}

describeWithProgram('a backup of PostgreSQL, by the commands of OPERATIONS.md', 'pgDump', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-backup-'));
  const dropAll = () =>
    asAdmin(async (sql) => {
      for (const name of ['events', 'events_restored'])
        await sql`drop database if exists ${sql(name)} with (force)`;
      await sql`drop role if exists events_service`;
    });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await dropAll();
  });

  test('is restored without the events after it; their cursors are refused, earlier ones continue', async () => {
    await dropAll();
    const toUrl = (name: string) =>
      Object.assign(new URL(inject('postgresUrl')), {
        username: 'events_service',
        password: 'change-me',
        pathname: `/${name}`,
      }).href;
    await asAdmin(async (sql) => {
      for (const statement of textOf('sql', 'role and database').split(';\n').filter(Boolean))
        await sql.unsafe(statement);
      await sql.unsafe(
        `create database events_restored owner events_service encoding 'UTF8' template template0`,
      );
    });
    const service = await startTestService('postgres', {}, toTestDatabase(toUrl('events')));
    const client = service.client.as('one');
    await send(client, 3);
    const { headCursor: kept } = await readHead(client);
    await runShell('backup', folder, { DATABASE_URL: toUrl('events') });
    await send(client, 2);
    const { headCursor: lost } = await readHead(client);

    const inDatabase = <T>(work: Parameters<typeof asAdmin<T>>[0]) => asAdmin(work, toUrl('events'));
    await inDatabase((sql) => sql.unsafe(textOf('sql', 'autovacuum')).simple());
    const [weakened, setting] = await inDatabase((sql) => sql.unsafe(textOf('sql', 'durability')).simple());
    expect([weakened, setting]).toEqual([[], [{ synchronous_commit: 'on' }]]);
    const [{ count } = { count: '' }] = await asAdmin(
      (sql) => sql`select count(*) from pg_stat_activity where datname = 'events'`,
    );
    expect(Number(count)).toBeLessThanOrEqual(15);
    await service.close();

    await runShell('restore', folder, { RESTORED_URL: toUrl('events_restored') });
    const restored = await startTestService('postgres', {}, toTestDatabase(toUrl('events_restored')));
    await expectRestored(restored.client.as('one'), kept, lost);
    await restored.close();
  });
});

test('a copy of DATA_DIR, by the command of OPERATIONS.md, is a backup of the embedded database', async () => {
  const database = await createTestDatabase('pglite');
  const first = await startTestService('pglite', {}, database);
  await send(first.client.as('one'), 3);
  const { headCursor: kept } = await readHead(first.client.as('one'));
  await first.close();
  await runShell('copy', tmpdir(), { DATA_DIR: database.dataDir });

  const second = await startTestService('pglite', {}, database);
  await send(second.client.as('one'), 2);
  const { headCursor: lost } = await readHead(second.client.as('one'));
  await second.close();
  const backup: TestDatabase = { ...database, dataDir: `${database.dataDir}.backup` };
  const restored = await startTestService('pglite', {}, backup);
  await expectRestored(restored.client.as('one'), kept, lost);
  await restored.close();
  rmSync(backup.dataDir, { recursive: true });
  await database.drop();
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  createEmptyPostgres,
  createTestDatabase,
  describeOnEachDatabase,
} from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

describeOnEachDatabase('a server starts', (kind) => {
  test('on a free port with PORT=0, says where it is ready, answers there, and finds its data again', async () => {
    const database = await createTestDatabase(kind);
    {
      await using server = await ServerProcess.start(database);
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(server.stdout).toContain(`ready: ${server.url}/graphql`);
      expect(server.stdout).toContain('no AUTH_* is set');
      expect(server.stderr).toBe('');
      for (const path of ['live', 'ready']) {
        expect((await fetch(`${server.url}/health/${path}`)).status, path).toBe(200);
      }
      expect(await server.client.ingest(runEvent('one'))).toMatchObject({ stored: 1 });
      expect(await server.stop()).toBe(0);
    }
    {
      await using server = await ServerProcess.start(database);
      const { eventLog } = await server.client.data('{ eventLog { headPosition } }');
      expect(eventLog.headPosition, 'what it left is there at the next start').toBe(1);
      expect(await server.stop()).toBe(0);
    }
    await database.drop();
  });
});

test('two servers started at once on an empty PostgreSQL database both come up and share it', async () => {
  const database = await createEmptyPostgres();
  const servers = Array.from({ length: 2 }, () => new ServerProcess({ DATABASE_URL: database.databaseUrl }));
  await Promise.all(servers.map((server) => server.ready()));
  for (const [index, server] of servers.entries()) {
    const { receipts } = await server.client.ingest(runEvent('shared'));
    expect(receipts[0]).toMatchObject({ outcome: 'STORED', position: index + 1 });
  }
  for (const server of servers) expect(await server.stop()).toBe(0);
  await database.drop();
});

test('a new data directory is made, whatever an interrupted first start has left, while /health/live answers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-new-'));
  const port = await findFreePort();
  {
    const dataDir = join(folder, 'not', 'there', 'yet');
    mkdirSync(join(dataDir, 'pg.new'), { recursive: true });
    writeFileSync(join(dataDir, 'pg.new', 'PG_VERSION'), '18\n');
    await using server = new ServerProcess({ DATA_DIR: dataDir, PORT: String(port) });
    const statusOf = (path: string) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        ({ status }) => status,
        () => undefined,
      );
    await waitUntil(async () => (await statusOf('/health/live')) === 200);
    expect(await statusOf('/health/ready'), 'before it is migrated').toBe(503);
    await server.ready();
    expect(await statusOf('/health/ready')).toBe(200);
    expect(existsSync(join(dataDir, 'pg.new'))).toBe(false);
    expect(await server.client.ingest(runEvent('one'))).toMatchObject({ stored: 1 });
    expect(await server.stop()).toBe(0);
  }
  rmSync(folder, { recursive: true, force: true });
});

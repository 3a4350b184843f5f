import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { openTcpProxy, type TcpProxy } from '../support/sockets/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('readiness follows the database, liveness does not', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let server: ServerProcess;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    proxy = await openTcpProxy(database.databaseUrl ?? '');
    server = await ServerProcess.start({ ...database, databaseUrl: proxy.url });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await proxy.close();
    await database.drop();
  });

  const statusOf = async (check: string) => (await fetch(`${server.url}/health/${check}`)).status;

  test.each(['refuse', 'swallow'] as const)(
    'when connections meet a server that would %s: 503 within 10 s, and 200 when it is back',
    async (outage) => {
      expect(await statusOf('ready')).toBe(200);
      await proxy[outage]();
      await waitUntil(async () => (await statusOf('ready')) === 503, 10_000);
      expect(await statusOf('live')).toBe(200);
      await proxy.restore();
      await waitUntil(async () => (await statusOf('ready')) === 200, 10_000);
      expect(await statusOf('live')).toBe(200);
    },
  );

  test('a server whose database is gone still stops with 0 within 10 s', async () => {
    proxy.swallow();
    expect(await server.stop('SIGTERM', 10_000)).toBe(0);
    expect(server.stderr).toBe('');
  });
});

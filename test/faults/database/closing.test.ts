import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import { createTestDatabase } from '../../support/databases/databases.ts';
import { openTcpProxy } from '../../support/sockets/tcp-proxy.ts';

test('a database that is closed over a dead link opens no further connection, so the process can end', async () => {
  const database = await createTestDatabase('postgres');
  const proxy = await openTcpProxy(database.databaseUrl ?? '');
  onTestFinished(async () => {
    await proxy.close();
    await database.drop();
  });
  const opened = await openDatabase({ databaseUrl: proxy.url, dataDir: '' });
  await opened.ping(5_000);
  proxy.swallow();
  // The watch queries every second, and gets no answer.
  await sleep(1_200);
  await opened[Symbol.asyncDispose]();
  const before = proxy.opened;
  await sleep(700);
  expect(proxy.opened).toBe(before);
});

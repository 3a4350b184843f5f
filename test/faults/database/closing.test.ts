import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
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

test('a client that is closed while its socket opens leaves no connection, so the process can end', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  // The option is missing in the types of the driver.
  const socket = async () => {
    await sleep(50);
    const opened = connect(port, '127.0.0.1');
    await once(opened, 'connect');
    return opened;
  };
  const options = { socket, host: '127.0.0.1', port, fetch_types: false };
  const client = postgres(options);
  const refused = client`select 1`.catch(({ code }) => code);
  const accepted = once(server, 'connection');
  await sleep(10);
  await client.end({ timeout: 0 });
  expect(await refused).toBe('CONNECTION_DESTROYED');
  const [connection] = await accepted;
  const sent: Buffer[] = [];
  connection.on('data', (bytes: Buffer) => sent.push(bytes));
  await Promise.race([once(connection, 'close'), sleep(1_000)]);
  expect([connection.destroyed, Buffer.concat(sent).length]).toEqual([true, 0]);
});

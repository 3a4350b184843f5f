import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/store/database/postgres/postgres-client.ts';
import { readPostgresLocation } from '../../src/store/database/postgres/postgres-location.ts';
import { openPostgresWakeUps } from '../../src/store/database/postgres/postgres-wake-ups.ts';
import { listServers } from '../../src/store/database/postgres/server.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { toDose } from '../support/run/dose.ts';
import { openTcpProxy, type TcpProxy } from '../support/sockets/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A service has the full one. */
const HEARTBEAT_MS = toDose({ short: 1_000, full: 4_000 });
/** A dead link is noticed at the second heartbeat; the rest is for opening a new one. */
const ANEW_WITHIN_MS = 2 * HEARTBEAT_MS + 2_000;

describe('the link over which a process listens', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    proxy = await openTcpProxy(database.databaseUrl ?? '');
  });
  afterAll(async () => {
    await proxy.close();
    await database.drop();
  });

  test(`is made anew within ${ANEW_WITHIN_MS / 1_000} s where it has died without a word`, async () => {
    const near = openPostgresWakeUps(await connector(proxy.url), HEARTBEAT_MS);
    const far = openPostgresWakeUps(await connector(database.databaseUrl), HEARTBEAT_MS);
    let woken = 0;
    near.onWake(() => {
      woken += 1;
    });
    // The first hint says that it listens now, the second one is the other's.
    await waitUntil(() => woken === 1);
    far.send('tenant');
    await waitUntil(() => woken === 2);

    proxy.swallow();
    far.send('tenant');
    await sleep(500);
    expect(woken, 'the hint was lost').toBe(2);
    // What has lost a byte stays dead, but new connections come through.
    await proxy.restore();
    await waitUntil(
      () => woken === 3,
      ANEW_WITHIN_MS,
      () => 'It does not listen again.',
    );
    far.send('tenant');
    await waitUntil(() => woken === 4, 2_000);
    expect(woken).toBe(4);
    await Promise.all([near.close(), far.close()]);
  });
});

async function connector(databaseUrl = '') {
  const location = readPostgresLocation(databaseUrl);
  const [server] = await listServers(location);
  if (server === undefined) throw new Error('The URL names no server.');
  return () => connect(location, server, { max: 1, statementTimeoutMs: 5_000 });
}

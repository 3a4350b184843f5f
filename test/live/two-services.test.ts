import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFeed } from '../../src/feed/open-feed.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { asAdmin, createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { LOG_START, startAfter } from '../support/events/log-cursor.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openTcpProxy } from '../support/sockets/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';

// A hint arrives within milliseconds; each way is proven by taking the other one away, not by the
// clock.
describe('two services on one PostgreSQL', () => {
  let database: TestDatabase;
  let writer: TestService;
  let tenants = 0;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    writer = await startTestService('postgres', {}, database);
  });
  afterAll(async () => {
    await writer.close();
    await database.drop();
  });

  const newTenant = () => {
    tenants += 1;
    return `tenant-${tenants}`;
  };

  /** Sends `count` events one by one, each after the one before has reached the reader. */
  const sendOneByOne = async (tenantId: string, count: number, received: () => number) => {
    for (let sent = 1; sent <= count; sent += 1) {
      await writer.client.ingest(runEvent(tenantId));
      await waitUntil(() => received() === sent);
    }
  };

  /**
   * Ends the connection over which a database other than the writer's listens; gives how many there
   * were.
   */
  const killListeners = async () => {
    const name = new URL(database.databaseUrl ?? '').pathname.slice(1);
    const rows = await asAdmin(
      (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = ${name} and query ilike 'listen %'`,
    );
    return rows.length;
  };

  test('what one takes in reaches a subscriber of the other', async () => {
    const reader = await startTestService('postgres', {}, database);
    const tenantId = newTenant();
    const live = reader.client.as(tenantId).subscribe(EVENTS, startAfter(tenantId));
    await sendOneByOne(tenantId, 20, () => live.received.length);
    await live.close();
    await reader.close();
    expect(live.received.map(({ eventStored }) => eventStored.event.position)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  test('by hints alone, without ever looking: also after the listening connection was killed', async () => {
    await using store = await openDatabase(database);
    await using feed = openFeed(store, 2 ** 31 - 1);
    const tenantId = newTenant();
    const positions: number[] = [];
    const reading = (async () => {
      for await (const position of feed.follow(tenantId, LOG_START, { pick: (entry) => entry.position }))
        positions.push(position);
    })();
    await sendOneByOne(tenantId, 5, () => positions.length);

    // Events that are stored while no service listens are found when the connection is back,
    // because that counts as a hint.
    expect(await killListeners()).toBeGreaterThanOrEqual(2);
    await writer.client.ingest(runEvent(tenantId));
    await waitUntil(() => positions.length === 6, 5_000);
    await writer.client.ingest(runEvent(tenantId));
    await waitUntil(() => positions.length === 7, 5_000);
    await feed[Symbol.asyncDispose]();
    await reading;
    expect(positions).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('by looking alone, where no connection can listen', async () => {
    const proxy = await openTcpProxy(database.databaseUrl ?? '');
    proxy.forbid('listen "');
    const reader = await startTestService('postgres', {}, { ...database, databaseUrl: proxy.url });
    const tenantId = newTenant();
    const live = reader.client.as(tenantId).subscribe(EVENTS, startAfter(tenantId));
    await sendOneByOne(tenantId, 3, () => live.received.length);
    await live.close();
    await reader.close();
    await proxy.close();
    expect(live.received).toHaveLength(3);
  });
});

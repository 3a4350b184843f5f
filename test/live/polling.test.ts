import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asAdmin, createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';
const SENT = toDose({ short: 2, full: 5 });

describe('two services with WAKE_UPS=poll', () => {
  let database: TestDatabase;
  let services: TestService[];

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    const start = () => startTestService('postgres', { WAKE_UPS: 'poll' }, database);
    services = [await start(), await start()];
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await database.drop();
  });

  /** What sessions have last said that is about listening. */
  const listListening = async () => {
    const name = new URL(database.databaseUrl ?? '').pathname.slice(1);
    const rows = await asAdmin(
      (sql) => sql`select query from pg_stat_activity
        where datname = ${name} and (query ilike 'listen%' or query ilike '%pg_notify%' or query ilike 'notify%')`,
    );
    return rows.map(({ query }) => query);
  };

  test('what one takes in reaches a subscriber of the other when that looks next, and its own at once', async () => {
    const [writer, reader] = services;
    if (writer === undefined || reader === undefined) throw new Error('There are two.');
    const far = reader.client.as('one').subscribe(EVENTS, startAfter('one'));
    const near = writer.client.as('one').subscribe(EVENTS, startAfter('one'));
    await writer.client.ingest(runEvent('one'));
    await Promise.all([far, near].map((live) => live.until(({ received }) => received.length === 1)));
    const delays: number[] = [];
    for (let sent = 2; sent <= SENT + 1; sent += 1) {
      await writer.client.ingest(runEvent('one'));
      const acknowledgedAt = performance.now();
      await waitUntil(() => near.received.length === sent);
      expect(performance.now() - acknowledgedAt, 'no look is waited for').toBeLessThan(500);
      await waitUntil(() => far.received.length === sent, 5_000);
      delays.push(Math.round(performance.now() - acknowledgedAt));
    }
    console.info(`WAKE_UPS=poll: the other server's subscriber heard after ${delays.join(', ')} ms`);
    // The goal is 1.2 s; what a machine that runs other suites beside this one needs is not what is
    // tested.
    expect(Math.max(...delays)).toBeLessThan(3_000);
    expect(await listListening()).toEqual([]);
    await Promise.all([far.close(), near.close()]);
  });

  test('without the setting there is a session that listens, so that the search for one is none for nothing', async () => {
    const listening = await startTestService('postgres', {}, database);
    await waitUntil(async () => (await listListening()).some((query) => /^listen/i.test(query)));
    await listening.close();
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { subscribeOver, TRANSPORTS } from '../support/clients/transports.ts';
import { createTestDatabase, killBackends, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openTcpProxy, type TcpProxy } from '../support/sockets/tcp-proxy.ts';

const EVENTS = 300;
// The automation is read for every delivery, so the database is needed for each of them and not
// just for each page.
const RUNS = `subscription ($after: String) { automationRunEnded(after: $after) {
  event { position } run { runId automation { name } } } }`;

describe('a subscriber that is catching up while the database goes away gets every event whole, once, in order', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let service: TestService;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    proxy = await openTcpProxy(database.databaseUrl ?? '');
    service = await startTestService('postgres', {}, { ...database, databaseUrl: proxy.url });
    await service.client.ingest(...Array.from({ length: EVENTS }, () => runEvent('one')));
  });
  afterAll(async () => {
    await service.close();
    await proxy.close();
    await database.drop();
  });

  const outages: [name: string, cut: () => unknown, ms: number][] = [
    ['refuses for a moment', () => proxy.refuse(), 1_200],
    ['refuses until everybody knows', () => proxy.refuse(), 3_000],
    ['ends every connection', () => killBackends(database), 0],
  ];

  test.each(outages.map((outage, index) => [TRANSPORTS[index % 2] ?? 'SSE', ...outage] as const))(
    'over %s, when it %s',
    async (transport, _name, cut, ms) => {
      onTestFinished(() => proxy.restore());
      const live = subscribeOver(transport, service.client.as('one'), RUNS, startAfter('one'));
      await live.until(({ received }) => received.length > 5);
      await cut();
      await sleep(ms);
      expect(live.received.length, 'it was in the middle').toBeLessThan(EVENTS);
      await proxy.restore();
      await live.until(({ received }) => received.length >= EVENTS, 15_000);
      await live.close();
      expect(live.received.filter(({ errors }) => errors !== undefined)).toEqual([]);
      expect(live.received.map(({ automationRunEnded }) => automationRunEnded.event.position)).toEqual(
        Array.from({ length: EVENTS }, (_, index) => index + 1),
      );
    },
  );
});

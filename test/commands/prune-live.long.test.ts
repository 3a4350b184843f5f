import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { startPrune } from '../support/processes/command-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';

// Much is delivered of each event, so that what a paused client leaves unread is more than the
// buffers of its socket hold.
const CONTENT_TYPE = 'c'.repeat(2_560);
const CONTENT_TYPES = Array.from({ length: 15 }, (_, index) => `c${index}: contentType`).join(' ');
const toQuery = (more: string) => `subscription ($after: String) { eventStored(after: $after) {
  cursor event { position ${CONTENT_TYPES} ${more} } } }`;
const LOG = '{ eventLog { headPosition oldestPosition headCursor startCursor } }';

// An embedded database has one process at a time, so pruning is possible only on PostgreSQL while
// the service runs.
describe('npm run prune while the service runs', () => {
  let database: TestDatabase;
  let service: TestService;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    service = await startTestService('postgres', {}, database);
  });
  afterAll(async () => {
    expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    await service.close();
    await database.drop();
  });

  const ingest = (client: GraphqlClient, count: number, envelope = {}) =>
    client.ingest(...Array.from({ length: count }, () => runEvent(client.tenantId ?? '', {}, envelope)));
  const prune = async (...args: string[]) => {
    await using command = startPrune(database, '--older-than', '0s', ...args);
    expect((await command.result()).status).toBe(0);
  };
  const positions = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index);

  test.each(['', 'raw'])(
    'a stream that the prune overtakes gets what it can in order, then CURSOR_EXPIRED, and no gap (selecting %j)',
    async (more) => {
      const tenantId = `overtaken-${more}`;
      const client = service.client.as(tenantId);
      const socket = await RawWebSocket.connect(service.url, tenantId);
      const id = socket.start(toQuery(more), startAfter(tenantId));
      const sse = new SseSubscription(service.url, tenantId, toQuery(more), startAfter(tenantId));
      await ingest(client, 1);
      await socket.until(({ type }) => type === 'next');
      await sse.until(({ received }) => received.length === 1);
      socket.socket.pause();
      sse.pause();
      for (let sent = 0; sent < 6; sent += 1) await ingest(client, 100, { datacontenttype: CONTENT_TYPE });
      await prune('--tenant', tenantId);
      await ingest(client, 10);
      const { eventLog } = await client.data(LOG);
      expect(eventLog).toMatchObject({ headPosition: 611, oldestPosition: 602 });

      socket.socket.resume();
      sse.resume();
      await socket.until((message) => message.id === id && message.type === 'complete', 15_000);
      await sse.until(({ completed }) => completed, 15_000);
      for (const results of [
        socket.of(id).flatMap(({ payload }) => (payload ? [payload.data ?? payload] : [])),
        sse.received,
      ]) {
        const seen = results.slice(0, -1).map(({ eventStored }) => eventStored.event.position);
        expect(seen).toEqual(positions(1, seen.length));
        expect(seen.length, 'it was overtaken').toBeLessThan(601);
        const [{ extensions }] = results.at(-1).errors;
        expect(extensions).toEqual({ code: 'CURSOR_EXPIRED', oldestCursor: eventLog.startCursor });
      }
      // The socket is intact: it continues from the oldest event that is kept.
      const again = socket.start(toQuery(more), { after: eventLog.startCursor });
      await socket.until(
        (message) => message.id === again && message.payload.data.eventStored.event.position === 611,
      );
      const kept = socket.of(again).map(({ payload }) => payload.data.eventStored.event.position);
      expect(kept).toEqual(positions(602, 611));
      socket.socket.terminate();
      await sse.close();
    },
  );

  test('a stream that waits at the head is not disturbed', async () => {
    const client = service.client.as('waiting');
    await ingest(client, 5);
    const live = client.subscribe(toQuery('raw'), startAfter(client.tenantId ?? ''));
    await live.until(({ received }) => received.length === 5);
    await prune('--tenant', 'waiting');
    await ingest(client, 5);
    await live.until(({ received }) => received.length === 10);
    expect(live.received.map(({ eventStored }) => eventStored.event.position)).toEqual(positions(1, 10));
    await live.close();
  });

  test('under load, and by two at once: nobody gets an error, and the log is pruned to one position', async () => {
    const client = service.client.as('loaded');
    await ingest(client, 1_000);
    let stopped = false;
    let sent = 1_000;
    const write = async () => {
      while (!stopped) {
        const { stored } = await ingest(client, 20);
        expect(stored).toBe(20);
        sent += 20;
      }
    };
    const refused = new Set<string>();
    const read = async () => {
      while (!stopped) {
        const { errors } = await client.request(
          '{ events(first: 50, orderBy: [{ field: POSITION, direction: ASC }]) { totalCount nodes { position raw } } }',
        );
        for (const { extensions } of errors ?? []) refused.add(extensions.code);
      }
    };
    const working = Promise.all([write(), write(), read()]);
    for (let round = 0; round < 2; round += 1) {
      await Promise.all([prune('--tenant', 'loaded'), prune('--tenant', 'loaded')]);
    }
    stopped = true;
    await working;
    // A body may go between the reading of the page and that of the bodies.
    expect([...refused].filter((code) => code !== 'EVENT_PRUNED')).toEqual([]);
    const [row] = await readRows(
      database,
      `select head::int, pruned_through::int, count(*)::int, max(position)::int, count(*) filter (where raw is null)::int as bare,
         max(position) filter (where raw is null)::int as last_bare
       from tenants join events using (tenant_id) where tenant_id = 'loaded' group by head, pruned_through`,
    );
    expect(row?.pruned_through).toBeGreaterThanOrEqual(1_000);
    expect(row).toMatchObject({ head: sent, count: sent, max: sent });
    expect([row?.bare, row?.last_bare]).toEqual([row?.pruned_through, row?.pruned_through]);
  });
});

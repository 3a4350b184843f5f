import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { SseSubscription } from '../../support/clients/sse-subscription.ts';
import { runEvent } from '../../support/events/events.ts';
import { startAfter } from '../../support/events/log-cursor.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { concurrentTest, onTestEnd } from '../../support/run/concurrent-test.ts';
import { type OpenService, startOpenService } from '../../support/services/open-service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const PATIENCE_MS = 1_000;
/** It is noticed within a fourth more; the rest is for a busy machine. */
const NOTICED_MS = 4 * PATIENCE_MS;
/** A client that the service gives up is given up within this, as its timers run here. */
const GIVEN_UP_MS = 2 * PATIENCE_MS;
const EVENTS = 600;
const BATCH = 100;
// Much is delivered of each event, so that what a client leaves unread is more than the buffers of
// its socket hold.
const CONTENT_TYPE = 'c'.repeat(1_700);
const CONTENT_TYPES = Array.from({ length: 15 }, (_, index) => `c${index}: contentType`).join(' ');
const FAT = `subscription ($after: String) { eventStored(after: $after) { cursor event { position ${CONTENT_TYPES} } } }`;

// Each mostly waits until a client is given up, so they wait at the same time, each with a service
// of its own.
describe('with SLOW_CLIENT_SECONDS=1', () => {
  const start = async (): Promise<OpenService> => {
    const service = await startOpenService('postgres', { SLOW_CLIENT_SECONDS: '1', MAX_SUBSCRIPTIONS: '3' });
    onTestEnd(() => service.close());
    return service;
  };
  /** Starts a service with events of one tenant. */
  const startWithEvents = async (): Promise<{ service: OpenService; tenantId: string }> => {
    const service = await start();
    const tenantId = newTenant();
    for (let sent = 0; sent < EVENTS; sent += BATCH) {
      const events = Array.from({ length: BATCH }, () =>
        runEvent(tenantId, {}, { datacontenttype: CONTENT_TYPE }),
      );
      await service.client.ingest(...events);
    }
    return { service, tenantId };
  };

  const deliveriesOf = (socket: RawWebSocket): { cursor: string; event: { position: number } }[] =>
    socket.messages.flatMap(({ type, payload }) => (type === 'next' ? [payload.data.eventStored] : []));
  const expected = Array.from({ length: EVENTS }, (_, index) => index + 1);

  concurrentTest(
    'a WebSocket whose client does not drain is closed with 4410, and its client goes on without loss',
    async () => {
      const { service, tenantId } = await startWithEvents();
      const paused = await RawWebSocket.connect(service.url, tenantId);
      paused.start(FAT, startAfter(tenantId));
      await paused.until(({ type }) => type === 'next');
      paused.socket.pause();
      // All three seats are free again once the server has given it up, which is before its client
      // knows.
      const others = await RawWebSocket.connect(service.url, tenantId);
      const head = startAfter(tenantId, EVENTS - 1);
      const ids = [others.start(FAT, head), others.start(FAT, head)];
      for (const id of ids) await others.until((message) => message.id === id && message.type === 'next');
      await waitUntil(async () => {
        const oneMore = new SseSubscription(service.url, tenantId, FAT, head);
        await oneMore.until(({ received }) => received.length > 0);
        await oneMore.close();
        return oneMore.received[0].errors === undefined;
      }, NOTICED_MS);

      paused.socket.resume();
      await waitUntil(() => paused.closeCode !== undefined);
      expect(paused.closeCode).toBe(4410);
      const before = deliveriesOf(paused);
      expect(before.length).toBeLessThan(EVENTS);
      others.socket.terminate();
      const back = await RawWebSocket.connect(service.url, tenantId);
      back.start(FAT, { after: before.at(-1)?.cursor });
      await waitUntil(() => before.length + deliveriesOf(back).length >= EVENTS);
      expect([...before, ...deliveriesOf(back)].map(({ event }) => event.position)).toEqual(expected);
      back.socket.terminate();
    },
  );

  concurrentTest(
    'an SSE client that does not read is cut off, and comes back with Last-Event-ID without loss',
    async () => {
      const { service, tenantId } = await startWithEvents();
      const paused = new SseSubscription(service.url, tenantId, FAT, startAfter(tenantId));
      await paused.until(({ received }) => received.length > 0);
      paused.pause();
      await sleep(GIVEN_UP_MS);
      paused.resume();
      await paused.until(({ closed }) => closed);
      expect(paused.completed).toBe(false);
      const { ids, received } = paused;
      expect(received.length).toBeLessThan(EVENTS);
      const back = new SseSubscription(service.url, tenantId, FAT, {}, ids.at(-1));
      await back.until((self) => received.length + self.received.length >= EVENTS);
      const positions = [...received, ...back.received].map(({ eventStored }) => eventStored.event.position);
      expect(positions).toEqual(expected);
      await back.close();
    },
  );

  concurrentTest(
    'a WebSocket that answers no ping is given up, although nothing waits to be sent to it',
    async () => {
      const service = await start();
      const silent = await RawWebSocket.connect(service.url, newTenant());
      silent.start(FAT);
      await waitUntil(() => service.feed.waiting === 1);
      silent.socket.pause();
      await waitUntil(() => service.feed.waiting === 0, NOTICED_MS);
      silent.socket.resume();
      await waitUntil(() => silent.closeCode !== undefined);
      expect(silent.closeCode).toBe(4410);
    },
  );

  concurrentTest('whoever listens stays, however little there is to hear', async () => {
    const service = await start();
    const quiet = newTenant();
    const idle = await RawWebSocket.connect(service.url, quiet);
    idle.start(FAT);
    const idleStream = new SseSubscription(service.url, quiet, FAT);
    await waitUntil(() => service.feed.waiting === 2);
    await sleep(GIVEN_UP_MS);
    expect(service.feed.waiting).toBe(2);
    await service.client.ingest(runEvent(quiet));
    await idle.until(({ type }) => type === 'next');
    await idleStream.until(({ received }) => received.length === 1);
    expect(idle.isOpen).toBe(true);
    idle.socket.terminate();
    await idleStream.close();
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SseSubscription } from '../../support/clients/sse-subscription.ts';
import { describeOnOneDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { type OpenService, startOpenService } from '../../support/services/open-service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const EVENTS = 'subscription { eventStored { event { position } } }';
const AT_ONCE_MS = 2_000;

// No event is stored while a client leaves: what ends, ends because the client has left and not at
// the next delivery.
describeOnOneDatabase('an idle subscription ends at once when its client leaves', (kind) => {
  let service: OpenService;

  beforeAll(async () => {
    service = await startOpenService(kind);
    await service.client.ingest(runEvent('leaving'));
  });
  afterAll(() => service.close());

  const waiting = (count: number, timeoutMs = AT_ONCE_MS) =>
    waitUntil(
      () => service.feed.waiting === count,
      timeoutMs,
      () => `${service.feed.waiting} still wait`,
    );

  test('by completing it over the WebSocket', async () => {
    const socket = await RawWebSocket.connect(service.url, 'leaving');
    const ids = Array.from({ length: 5 }, () => socket.start(EVENTS));
    await waiting(5, 5_000);
    for (const [index, id] of ids.entries()) {
      socket.complete(id);
      await waiting(4 - index);
    }
    expect(socket.isOpen).toBe(true);
    socket.socket.terminate();
  });

  test('by closing the WebSocket, and by breaking it off', async () => {
    for (const leave of ['close', 'terminate'] as const) {
      const socket = await RawWebSocket.connect(service.url, 'leaving');
      for (let index = 0; index < 5; index += 1) socket.start(EVENTS);
      await waiting(5, 5_000);
      socket.socket[leave]();
      await waiting(0);
    }
  });

  test('by breaking off the SSE request', async () => {
    const live = Array.from({ length: 5 }, () => new SseSubscription(service.url, 'leaving', EVENTS));
    await waiting(5, 5_000);
    for (const [index, one] of live.entries()) {
      await one.close();
      await waiting(4 - index);
    }
  });

  test('a client that leaves before its subscription is answered leaves nothing behind', async () => {
    for (let round = 0; round < 20; round += 1) {
      const socket = await RawWebSocket.connect(service.url, 'leaving');
      for (let index = 0; index < 5; index += 1) socket.start(EVENTS);
      const completed = socket.start(EVENTS);
      socket.complete(completed);
      const live = new SseSubscription(service.url, 'leaving', EVENTS);
      // From leaving before the server reads a byte to leaving while the answer is sent.
      await sleep(round % 5);
      socket.socket.terminate();
      await live.close();
    }
    // Requests in progress get their time; then no client may be left, now and later.
    await sleep(300);
    await waiting(0, 3_000);
    await service.client.ingest(runEvent('leaving'));
    await sleep(100);
    expect(service.feed.waiting).toBe(0);
  });
});

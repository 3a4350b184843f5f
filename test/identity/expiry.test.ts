import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onExpiry } from '../../src/http/identity/on-expiry.ts';
import type { SseSubscription } from '../support/clients/sse-subscription.ts';
import { subscribeOver } from '../support/clients/transports.ts';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { knock } from '../support/identity/knock.ts';
import { inSeconds, SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 'subscription { eventStored { event { position } } }';

describeOnOneDatabase('when its token expires', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind, { AUTH_JWT_SECRET: SECRET });
  });
  afterAll(() => service.close());

  /** Opens a WebSocket with a token that expires in `seconds`, and says when that is. */
  async function openSocket(seconds: number) {
    const exp = inSeconds(seconds);
    const socket = new RawWebSocket(service.url);
    await waitUntil(() => socket.isOpen);
    socket.send({
      type: 'connection_init',
      payload: { authorization: `Bearer ${await toToken({ exp })}` },
    });
    await socket.until(({ type }) => type === 'connection_ack');
    return { socket, expiresAt: exp * 1_000 };
  }

  // Each waits for an instant, so they wait at the same time, each in a tenant of its own.
  test.concurrent('a WebSocket is closed with 4403 within two seconds, whether it waits or not', async () => {
    const idle = await openSocket(3);
    const busy = await openSocket(3);
    const longer = await openSocket(60);
    busy.socket.start(EVENTS);
    const kept = longer.socket.start(EVENTS);
    await sleep(1_000);
    await service.client.with(await toToken()).ingest(runEvent('one'));
    await busy.socket.until(({ type }) => type === 'next');
    expect(idle.socket.isOpen).toBe(true);
    await Promise.all(
      [idle, busy].map(async ({ socket, expiresAt }) => {
        await waitUntil(() => socket.closeCode !== undefined);
        expect(Date.now() - expiresAt).toBeLessThan(2_000);
        expect(Date.now()).toBeGreaterThanOrEqual(expiresAt - 50);
        expect(socket.closeCode).toBe(4403);
      }),
    );
    await service.client.with(await toToken()).ingest(runEvent('one'));
    await waitUntil(() => longer.socket.of(kept).length === 2);
    expect(longer.socket.isOpen, 'another token of the same tenant').toBe(true);
    longer.socket.socket.terminate();
  });

  test.concurrent('an SSE stream ends with UNAUTHENTICATED and completes', async () => {
    const exp = inSeconds(3);
    const client = service.client.with(await toToken({ exp, tenantId: 'two' }));
    const stream = subscribeOver('SSE', client, EVENTS);
    await sleep(1_000);
    await client.ingest(runEvent('two'));
    await stream.until(({ received }) => received.length === 1);
    await stream.until(({ completed }) => completed);
    expect(Date.now() - exp * 1_000).toBeLessThan(2_000);
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000 - 50);
    expect(stream.received).toHaveLength(2);
    const [error] = stream.received[1].errors;
    expect(error.extensions).toEqual({ code: 'UNAUTHENTICATED' });
    expect(error.message).toContain('This needs a valid token');
    expect(stream.received[1].data).toBeUndefined();
  });

  test.concurrent('a request with a token that was accepted before is refused', async () => {
    const authorization = `Bearer ${await toToken({ exp: inSeconds(-3) })}`;
    expect((await knock('HTTP', service.url, authorization)).status).toBe(200);
    await waitUntil(async () => (await knock('HTTP', service.url, authorization)).status === 401, 5_000);
  });

  test.concurrent('a stream or socket whose token is valid for years is not ended', async () => {
    const token = await toToken({ exp: inSeconds(3_000_000_000), tenantId: 'three' });
    const stream = subscribeOver('SSE', service.client.with(token), EVENTS) as SseSubscription;
    const socket = subscribeOver('WebSocket', service.client.with(token), EVENTS);
    await sleep(500);
    await service.client.with(token).ingest(runEvent('three'));
    for (const live of [stream, socket]) {
      await live.until(({ received }) => received.length > 0);
      expect(live.completed).toBe(false);
      await live.close();
    }
  });
});

test('a listener of an expiry is called once, and not after it is cancelled', async () => {
  const calls: string[] = [];
  onExpiry(Date.now() + 20, () => calls.push('soon'));
  onExpiry(Date.now() - 20, () => calls.push('past'));
  onExpiry(undefined, () => calls.push('never'));
  onExpiry(Date.now() + 20, () => calls.push('cancelled'))();
  await sleep(100);
  expect(calls).toEqual(['past', 'soon']);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const LIVE = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';

describe('the subscriptions of one caller', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres', {
      AUTH_JWT_SECRET: SECRET,
      MAX_CALLER_SUBSCRIPTIONS: '2',
      MAX_SUBSCRIPTIONS: '4',
    });
    const writer = service.client.with(await toToken({ tenantId: '*', sub: 'writer' }));
    await writer.ingest(runEvent('a'), runEvent('b'));
  });
  afterAll(() => service.close());

  /** Subscribes over SSE; the first event, or the refusal, tells that it has begun. */
  const stream = async (subject: string | undefined, tenantId: string) => {
    const token = await toToken({ tenantId, sub: subject });
    const live = new SseSubscription(
      service.url,
      undefined,
      LIVE,
      startAfter(tenantId),
      undefined,
      undefined,
      token,
    );
    await live.until(({ received }) => received.length > 0);
    return live;
  };
  const codeOf = ({ received }: SseSubscription) => received[0].errors?.[0].extensions.code;

  test('are limited over all tenants and transports, and a place that is given back is free', async () => {
    const first = await stream('one', 'a');
    const second = await stream('one', 'b');
    const third = await stream('one', 'b');
    expect([first, second, third].map(codeOf)).toEqual([undefined, undefined, 'RATE_LIMITED']);
    const token = await toToken({ tenantId: 'a', sub: 'one' });
    const socket = await RawWebSocket.init(service.url, { authorization: `Bearer ${token}` });
    socket.start(LIVE, startAfter('a'));
    await waitUntil(() => socket.closeCode !== undefined);
    expect(socket.closeCode).toBe(4421);
    await first.close();
    await waitUntil(async () => {
      const again = await stream('one', 'a');
      await again.close();
      return codeOf(again) === undefined;
    });
    await Promise.all([second, third].map((live) => live.close()));
  });

  test('leave the places of other callers of the tenant, up to those of the tenant', async () => {
    const open = [];
    for (const subject of ['two', 'two', 'two', 'three', 'three', 'four'])
      open.push(await stream(subject, 'a'));
    const refused = 'RATE_LIMITED';
    expect(open.map(codeOf)).toEqual([undefined, undefined, refused, undefined, undefined, refused]);
    await Promise.all(open.map((live) => live.close()));
  });
});

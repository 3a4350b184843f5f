import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SseSubscription } from '../../support/clients/sse-subscription.ts';
import { runEvent } from '../../support/events/events.ts';
import { startAfter } from '../../support/events/log-cursor.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';
// The first event is there already: its delivery tells that a subscription has begun.

describe('what one tenant may have open at once', () => {
  let service: TestService;
  const open: { close(): unknown }[] = [];

  beforeAll(async () => {
    service = await startTestService('postgres', {
      MAX_CONNECTIONS: '3',
      MAX_CONNECTION_OPERATIONS: '4',
      MAX_SUBSCRIPTIONS: '6',
    });
  });
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
  afterAll(() => service.close());

  /** Says hello, and waits until that was answered in one way or the other. */
  const knock = async (tenantId: string) => {
    const socket = new RawWebSocket(service.url);
    open.push({ close: () => socket.socket.terminate() });
    await waitUntil(() => socket.isOpen);
    socket.send({ type: 'connection_init', payload: { tenantId } });
    await waitUntil(() => socket.messages.length > 0 || socket.closeCode !== undefined);
    return socket;
  };
  /**
   * Knocks until it is let in: what others have given back is free at once, but not before the
   * server knows.
   */
  const enter = async (tenantId: string) => {
    let socket = await knock(tenantId);
    await waitUntil(async () => {
      if (socket.closeCode !== undefined) socket = await knock(tenantId);
      return socket.closeCode === undefined;
    }, 3_000);
    return socket;
  };
  const subscribe = (socket: RawWebSocket, tenantId: string) => {
    const id = socket.start(EVENTS, startAfter(tenantId));
    return socket.until((message) => message.id === id && message.type === 'next');
  };
  const stream = async (tenantId: string) => {
    const live = new SseSubscription(service.url, tenantId, EVENTS, startAfter(tenantId));
    open.push(live);
    return live.until(({ received }) => received.length > 0);
  };
  const hasBegun = ({ received }: SseSubscription) => received[0].errors === undefined;
  const withEvent = async () => {
    const tenantId = newTenant();
    await service.client.ingest(runEvent(tenantId));
    return tenantId;
  };

  test('so many connections: one more is closed with 4420, and fits once another has gone, however it went', async () => {
    const tenantId = newTenant();
    const sockets = [await knock(tenantId), await knock(tenantId), await knock(tenantId)];
    for (const leave of ['close', 'terminate', 'close'] as const) {
      expect((await knock(tenantId)).closeCode).toBe(4420);
      expect((await knock(newTenant())).closeCode, 'another tenant').toBeUndefined();
      const [leaving] = sockets.splice(0, 1);
      leaving?.socket[leave]();
      sockets.push(await enter(tenantId));
    }
    for (const socket of sockets) expect(socket.isOpen).toBe(true);
    for (const socket of sockets) socket.socket.terminate();
    for (let index = 0; index < 3; index += 1) await enter(tenantId);
    expect((await knock(tenantId)).closeCode).toBe(4420);
  });

  test('so many operations on a connection: one more closes it with 4421, and all that it had is given back', async () => {
    const tenantId = await withEvent();
    for (let round = 0; round < 3; round += 1) {
      const socket = await enter(tenantId);
      for (let index = 0; index < 4; index += 1) await subscribe(socket, tenantId);
      const bystander = await enter(tenantId);
      await subscribe(bystander, tenantId);
      socket.start('{ __typename }');
      await waitUntil(() => socket.closeCode !== undefined);
      expect(socket.closeCode).toBe(4421);
      expect(bystander.isOpen).toBe(true);
      bystander.socket.terminate();
    }
    const socket = await enter(tenantId);
    for (let index = 0; index < 20; index += 1) {
      const id = socket.start('{ __typename }');
      await socket.until((message) => message.id === id && message.type === 'complete');
    }
    expect(socket.isOpen, 'what is over is not counted').toBe(true);
  });

  test('so many subscriptions, over WebSockets and SSE together: one more is 4421 or RATE_LIMITED, and closes nothing else', async () => {
    const tenantId = await withEvent();
    const first = await enter(tenantId);
    for (let index = 0; index < 3; index += 1) await subscribe(first, tenantId);
    const streams = [await stream(tenantId), await stream(tenantId), await stream(tenantId)];
    expect(streams.map(hasBegun)).toEqual([true, true, true]);

    const oneMore = await stream(tenantId);
    await oneMore.until(({ completed }) => completed);
    expect(oneMore.received).toHaveLength(1);
    expect(oneMore.received[0].errors[0].extensions.code).toBe('RATE_LIMITED');
    const second = await enter(tenantId);
    second.start(EVENTS, startAfter(tenantId));
    await waitUntil(() => second.closeCode !== undefined);
    expect(second.closeCode).toBe(4421);
    expect(await stream(await withEvent()).then(hasBegun), 'another tenant').toBe(true);

    await service.client.ingest(runEvent(tenantId));
    for (const live of streams) await live.until(({ received }) => received.length === 2);
    await waitUntil(() => first.messages.filter(({ type }) => type === 'next').length === 6);
    expect(first.isOpen).toBe(true);
  });

  test('a subscription that is over makes room, whether it was completed, broken off, or its connection has gone', async () => {
    const tenantId = await withEvent();
    const fill = async () => {
      const socket = await enter(tenantId);
      await waitUntil(async () => {
        const live = await stream(tenantId);
        await live.close();
        return hasBegun(live);
      });
      for (let index = 0; index < 3; index += 1) await subscribe(socket, tenantId);
      const streams = [await stream(tenantId), await stream(tenantId)];
      expect(streams.map(hasBegun)).toEqual([true, true]);
      const ids = [...new Set(socket.messages.flatMap(({ id }) => id ?? []))];
      return { socket, streams, ids };
    };
    const filled = await fill();
    for (const id of filled.ids) filled.socket.complete(id);
    await waitUntil(async () => hasBegun(await stream(tenantId)));
    filled.socket.socket.close();
    await Promise.all(open.splice(0).map((one) => one.close()));
    const again = await fill();
    again.socket.socket.terminate();
    await Promise.all(open.splice(0).map((one) => one.close()));
    await waitUntil(async () => hasBegun(await stream(tenantId)));
  });

  test('so many messages: who sends more is closed with 4422, others are not', async () => {
    const tenantId = newTenant();
    const bystander = await enter(tenantId);
    const socket = await enter(tenantId);
    for (let index = 0; index < 900; index += 1) socket.send({ type: 'ping' });
    await waitUntil(() => socket.messages.filter(({ type }) => type === 'pong').length === 900);
    expect(socket.isOpen, 'as many as it may').toBe(true);
    for (let index = 0; index < 600 && socket.isOpen; index += 1) socket.send({ type: 'ping' });
    await waitUntil(() => socket.closeCode !== undefined);
    expect(socket.closeCode).toBe(4422);
    expect(await bystander.codesOf(bystander.start('{ __typename }'))).toEqual([]);
    expect(bystander.isOpen).toBe(true);
    await enter(tenantId);
    await enter(tenantId);
  });
});

import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { lockTenants } from '../support/databases/tenant-lock.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { beginRequest } from '../support/sockets/begin-request.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';

describeOnEachDatabase('a server that is told to stop', (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase(kind);
  });
  afterAll(() => database.drop());

  // An embedded database has one process at a time.
  const run = kind === 'pglite' ? test : test.concurrent;

  // What a signal does is the same on both; how long the database takes to close is not.
  run.each(kind === 'pglite' ? (['SIGTERM'] as const) : (['SIGTERM', 'SIGINT'] as const))(
    'by %s answers what is under way, ends subscriptions and exits with 0 within 10 s',
    async (signal) => {
      await using server = await ServerProcess.start(database);
      const client = server.client.as(signal);
      const socket = await RawWebSocket.connect(server.url, signal);
      const live = new SseSubscription(server.url, signal, EVENTS, startAfter(signal));
      await client.ingest(runEvent(signal));
      socket.start(EVENTS, startAfter(signal));
      await socket.until(({ type }) => type === 'next');
      await live.until(({ received }) => received.length === 1);

      const underWay = await beginRequest(server.url);
      const stoppedAt = performance.now();
      server.child.kill(signal);
      await waitUntil(() => socket.closeCode !== undefined);
      // Under npm a signal of the terminal comes twice: from the terminal, and passed on.
      server.child.kill(signal);
      const events = Array.from({ length: 500 }, () => runEvent(signal));
      const query = 'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }';
      const answer = await underWay.finish(JSON.stringify({ query, variables: { events } }));
      expect(await json(answer)).toMatchObject({ data: { ingestEvents: { stored: 500 } } });
      expect(await server.end(10_000)).toBe(0);
      expect(performance.now() - stoppedAt).toBeLessThan(10_000);
      await waitUntil(() => socket.closeCode !== undefined && live.closed);
      expect(socket.closeCode).toBe(1001);
      // One that is complete would not be resumed elsewhere.
      expect([live.ended, live.completed], 'the SSE stream was ended, not cut').toEqual([true, false]);
      expect(server.stderr).toBe('');
      expect(server.stdout).toContain('"stopped"');
    },
  );

  run('exits in time although clients neither read nor answer', async () => {
    await using server = await ServerProcess.start(database);
    const client = server.client.as('deaf');
    const socket = await RawWebSocket.connect(server.url, 'deaf');
    const live = new SseSubscription(server.url, 'deaf', EVENTS, startAfter('deaf'));
    await client.ingest(runEvent('deaf'));
    socket.start(EVENTS, startAfter('deaf'));
    await socket.until(({ type }) => type === 'next');
    await live.until(({ received }) => received.length === 1);
    socket.socket.pause();
    live.pause();
    const stoppedAt = performance.now();
    expect(await server.stop('SIGTERM', 10_000)).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    expect(server.stdout, 'everything was closed, nothing cut off').toContain('"stopped"');
    await live.close();
    socket.socket.terminate();
  });
});

test.concurrent('a request that never ends being sent is cut off in time for an orderly end', async () => {
  const database = await createTestDatabase('postgres');
  {
    await using server = await ServerProcess.start(database);
    await beginRequest(server.url);
    const stoppedAt = performance.now();
    expect(await server.stop('SIGTERM', 10_000)).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(10_000);
    expect(server.stdout).toContain('"stopped"');
  }
  await database.drop();
});

test.concurrent('while it drains, a server refuses new requests and tells the load balancer', async () => {
  const database = await createTestDatabase('postgres');
  await using server = await ServerProcess.start(database);
  const socket = await RawWebSocket.connect(server.url, 'drain');
  // A socket that does not answer the farewell keeps the server draining for a moment.
  socket.socket.pause();
  server.child.kill('SIGTERM');
  await waitUntil(async () => (await fetch(`${server.url}/health/ready`)).status === 503);
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  const { status, errors } = await server.client.request('{ __typename }');
  expect([status, errors?.[0].extensions.code]).toEqual([503, 'UNAVAILABLE']);
  const late = new RawWebSocket(server.url);
  await waitUntil(() => late.refusedWith !== undefined);
  expect(late.refusedWith).toBe(503);
  expect(await server.end(10_000)).toBe(0);
  socket.socket.terminate();
  await database.drop();
});

test.concurrent('what a WebSocket has asked for is answered before the socket is closed, and subscriptions on it do not complete', async () => {
  const database = await createTestDatabase('postgres');
  await using server = await ServerProcess.start(database);
  const socket = await RawWebSocket.connect(server.url, 'slow');
  const lock = await lockTenants(database, ['slow']);
  const subscription = socket.start(EVENTS);
  const mutation = socket.start(
    'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }',
    { events: [runEvent('slow')] },
  );
  await lock.awaited();
  server.child.kill('SIGTERM');
  await waitUntil(async () => (await fetch(`${server.url}/health/ready`)).status === 503);
  expect(socket.isOpen).toBe(true);
  await lock.release();
  expect(await server.end(10_000)).toBe(0);
  await waitUntil(() => socket.closeCode !== undefined);
  expect(socket.closeCode).toBe(1001);
  expect(socket.of(mutation).map(({ type, payload }) => [type, payload?.data])).toEqual([
    ['next', { ingestEvents: { stored: 1 } }],
    ['complete', undefined],
  ]);
  expect(socket.of(subscription).filter(({ type }) => type === 'complete')).toEqual([]);
  expect(server.stderr).toBe('');
  await database.drop();
});

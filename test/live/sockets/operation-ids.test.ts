import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnOneDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { type OpenService, startOpenService } from '../../support/services/open-service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';
const MAX_OPERATIONS = 5;
const MAX_SUBSCRIPTIONS = 20;
const BACKLOG = 5_000;

// graphql-transport-ws: an id must not be used while an operation of that id is in progress, and
// may be as soon as it is not.
describeOnOneDatabase('the id of an operation that the client has completed', (kind) => {
  let service: OpenService;

  beforeAll(async () => {
    service = await startOpenService(kind, {
      MAX_CONNECTION_OPERATIONS: String(MAX_OPERATIONS),
      MAX_SUBSCRIPTIONS: String(MAX_SUBSCRIPTIONS),
    });
  });
  afterAll(() => service.close());

  const subscribe = (socket: RawWebSocket, id: string, variables = {}) =>
    socket.send({ type: 'subscribe', id, payload: { query: EVENTS, variables } });
  const positionsOf = (socket: RawWebSocket, id: string) =>
    socket
      .of(id)
      .flatMap(({ type, payload }) => (type === 'next' ? [payload.data.eventStored.event.position] : []));
  const ask = async (socket: RawWebSocket) => {
    const id = socket.start('{ eventLog { headPosition } }');
    await socket.until((message) => message.id === id && message.type === 'complete');
  };
  const isWaiting = (count: number) => waitUntil(() => service.feed.waiting === count);

  test.each([1, 10])('can be used again at once, %i times: every event comes once', async (times) => {
    const tenantId = newTenant();
    const socket = await RawWebSocket.connect(service.url, tenantId);
    for (let time = 0; time < times; time += 1) {
      subscribe(socket, 'x');
      socket.complete('x');
    }
    subscribe(socket, 'x');
    await isWaiting(1);
    await service.client.ingest(runEvent(tenantId), runEvent(tenantId));
    await waitUntil(() => positionsOf(socket, 'x').length >= 2);
    await service.client.ingest(runEvent(tenantId));
    await waitUntil(() => positionsOf(socket, 'x').length >= 3);
    expect(positionsOf(socket, 'x')).toEqual([1, 2, 3]);
    expect(socket.of('x').filter(({ type }) => type === 'complete')).toEqual([]);

    socket.complete('x');
    await isWaiting(0);
    await service.client.ingest(runEvent(tenantId));
    // Another operation tells that everything from before has been said.
    await ask(socket);
    expect(positionsOf(socket, 'x')).toEqual([1, 2, 3]);
    socket.socket.terminate();
  });

  test('can be used again while the first one waits', async () => {
    const tenantId = newTenant();
    const socket = await RawWebSocket.connect(service.url, tenantId);
    subscribe(socket, 'x');
    await isWaiting(1);
    socket.complete('x');
    subscribe(socket, 'x');
    // Messages are worked on in their order, but not one after another.
    await ask(socket);
    await isWaiting(1);
    await service.client.ingest(runEvent(tenantId));
    await waitUntil(() => positionsOf(socket, 'x').length === 1);
    expect(socket.of('x').map(({ type }) => type)).toEqual(['next']);
    socket.complete('x');
    await isWaiting(0);
    socket.socket.terminate();
  });

  test('can be used again while the first one has much to deliver, of which no more comes', async () => {
    const tenantId = newTenant();
    for (let batch = 0; batch < BACKLOG / 1_000; batch += 1) {
      await service.client.ingest(...Array.from({ length: 1_000 }, () => runEvent(tenantId)));
    }
    const { startCursor } = (await service.client.as(tenantId).data('{ eventLog { startCursor } }')).eventLog;
    const socket = await RawWebSocket.connect(service.url, tenantId);
    subscribe(socket, 'x', { after: startCursor });
    await waitUntil(() => positionsOf(socket, 'x').length > 0);
    socket.complete('x');
    subscribe(socket, 'x');
    const seen = positionsOf(socket, 'x').length;
    await service.client.ingest(runEvent(tenantId));
    await waitUntil(() => positionsOf(socket, 'x').includes(BACKLOG + 1));
    // What was on its way when the client completed has arrived before.
    const late = positionsOf(socket, 'x').slice(seen);
    expect(late).toEqual([...late.slice(0, -1), BACKLOG + 1]);
    await service.client.ingest(runEvent(tenantId));
    await waitUntil(() => positionsOf(socket, 'x').includes(BACKLOG + 2));
    expect(positionsOf(socket, 'x').slice(-2)).toEqual([BACKLOG + 1, BACKLOG + 2]);
    expect(positionsOf(socket, 'x').length).toBeLessThan(BACKLOG);
    socket.socket.terminate();
    await isWaiting(0);
  });

  test('takes no seat for ever, and makes no room for more operations than there may be', async () => {
    const tenantId = newTenant();
    const socket = await RawWebSocket.connect(service.url, tenantId);
    for (let time = 0; time < 3 * MAX_SUBSCRIPTIONS; time += 1) {
      subscribe(socket, 'x');
      socket.complete('x');
    }
    subscribe(socket, 'x');
    await isWaiting(1);
    expect(socket.isOpen).toBe(true);
    for (let index = 1; index <= MAX_OPERATIONS; index += 1) subscribe(socket, `y${index}`);
    await waitUntil(() => socket.closeCode !== undefined);
    expect(socket.closeCode).toBe(4421);
    await isWaiting(0);
    const others = await Promise.all(
      Array.from({ length: 4 }, () => RawWebSocket.connect(service.url, tenantId)),
    );
    for (const other of others) for (let id = 1; id <= MAX_OPERATIONS; id += 1) subscribe(other, `${id}`);
    await isWaiting(MAX_SUBSCRIPTIONS);
    expect(others.filter(({ isOpen }) => isOpen)).toHaveLength(4);
    for (const other of others) other.socket.terminate();
    await isWaiting(0);
  });

  // A reason of a close frame has at most 123 bytes.
  test.each(['x', 'x'.repeat(200), 'ü'.repeat(60)])(
    'is refused with 4409 while the operation is under way: %s',
    async (id) => {
      const socket = await RawWebSocket.connect(service.url, newTenant());
      subscribe(socket, id);
      subscribe(socket, id);
      await waitUntil(() => socket.closeCode !== undefined);
      expect(socket.closeCode).toBe(4409);
      await isWaiting(0);
    },
  );

  test.each(['1', '0', '__proto__', 'ä "quoted" \n', '\u2028'])(
    'is given back as the client wrote it: %j',
    async (id) => {
      const tenantId = newTenant();
      await service.client.ingest(runEvent(tenantId));
      const socket = await RawWebSocket.connect(service.url, tenantId);
      socket.send({ type: 'subscribe', id, payload: { query: '{ eventLog { headPosition } }' } });
      await socket.until((message) => message.type === 'complete');
      expect(socket.of(id).map(({ type, payload }) => [type, payload])).toEqual([
        [
          'next',
          {
            data: { eventLog: { headPosition: 1 } },
            extensions: { cost: { cost: 0, limit: 100_000 } },
          },
        ],
        ['complete', undefined],
      ]);
      socket.send({ type: 'subscribe', id, payload: { query: '{ nothing }' } });
      await socket.until((message) => message.id === id && message.type === 'error');
      socket.socket.terminate();
    },
  );
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnOneDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { startAfter } from '../../support/events/log-cursor.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';
const INGEST = `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored
  receipts { outcome position event { eventId } } } }`;

describeOnOneDatabase('operations over one WebSocket', (kind) => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  test('queries, mutations and several subscriptions run beside each other', async () => {
    const socket = await RawWebSocket.connect(service.url, 'mixed');
    const live = [socket.start(EVENTS), socket.start(EVENTS)];
    const query = socket.start('query ($first: Int) { events(first: $first) { totalCount } }', { first: 1 });
    const { payload } = await socket.until(({ id, type }) => id === query && type === 'next');
    expect(payload).toEqual({
      data: { events: { totalCount: 0 } },
      extensions: { cost: { cost: 1, limit: 100_000 } },
    });

    const event = runEvent('mixed');
    const mutation = socket.start(INGEST, { events: [event] });
    const answer = await socket.until(({ id, type }) => id === mutation && type === 'next');
    expect(answer.payload.data.ingestEvents).toEqual({
      stored: 1,
      receipts: [{ outcome: 'STORED', position: 1, event: { eventId: event.id } }],
    });
    for (const id of live) {
      const delivery = await socket.until((message) => message.id === id && message.type === 'next');
      expect(delivery.payload.data.eventStored.event.position).toBe(1);
    }
    await socket.until(({ id, type }) => id === mutation && type === 'complete');
    socket.socket.terminate();
  });

  test('one subscription ends where its client completes it, the others go on', async () => {
    const socket = await RawWebSocket.connect(service.url, 'complete');
    await service.client.ingest(runEvent('complete'));
    const start = startAfter('complete');
    const [left, stays] = [socket.start(EVENTS, start), socket.start(EVENTS, start)];
    await socket.until(({ id }) => id === left);
    await socket.until(({ id }) => id === stays);
    socket.complete(left);
    await service.client.ingest(runEvent('complete'));
    await waitUntil(() => socket.of(stays).length === 2);
    expect(socket.of(left)).toHaveLength(1);
    socket.socket.terminate();
  });

  test('what is wrong with an operation is told with a code, and the socket stays open for the next one', async () => {
    const socket = await RawWebSocket.connect(service.url, 'errors');
    const wrong: [name: string, code: string, query: string, variables?: unknown, operationName?: string][] =
      [
        ['a syntax error', 'GRAPHQL_PARSE_FAILED', 'subscription { eventStored {'],
        ['no document', 'GRAPHQL_PARSE_FAILED', ''],
        ['an unknown field', 'GRAPHQL_VALIDATION_FAILED', '{ nothing }'],
        [
          'an unknown field of a subscription',
          'GRAPHQL_VALIDATION_FAILED',
          'subscription { nothing { cursor } }',
        ],
        [
          'two root fields in a subscription',
          'GRAPHQL_VALIDATION_FAILED',
          'subscription { eventStored { cursor } appChanged { cursor } }',
        ],
        ['a variable of the wrong type', 'BAD_USER_INPUT', EVENTS, { after: 7 }],
        ['a missing variable', 'BAD_USER_INPUT', 'query ($id: ID!) { node(id: $id) { id } }', {}],
        [
          'a wrong variable of a query',
          'BAD_USER_INPUT',
          'query ($n: Int) { events(first: $n) { totalCount } }',
          { n: 'x' },
        ],
        ['an unknown operation name', 'OPERATION_RESOLUTION_FAILURE', 'query A { __typename }', {}, 'B'],
        [
          'several operations and no name',
          'OPERATION_RESOLUTION_FAILURE',
          'query A { __typename } query B { __typename }',
        ],
        ['a document of too many tokens', 'QUERY_TOO_COMPLEX', `{ ${'__typename '.repeat(3_000)} }`],
        ['a refused argument', 'BAD_USER_INPUT', '{ events(first: 0) { totalCount } }'],
      ];
    for (const [name, code, query, variables, operationName] of wrong) {
      const id = socket.start(query, variables, operationName);
      expect(await socket.codesOf(id), name).toEqual([code]);
    }
    const id = socket.start('{ __typename }');
    expect(await socket.codesOf(id)).toEqual([]);
    expect(socket.isOpen).toBe(true);
    expect(JSON.stringify(socket.messages)).not.toContain('INTERNAL_SERVER_ERROR');
    socket.socket.terminate();
  });

  test('what is no message of the protocol closes that socket alone', async () => {
    const bystander = await RawWebSocket.connect(service.url, 'bystander');
    const closes: [message: unknown, code: number][] = [
      ['no json', 4400],
      ['null', 4400],
      [{ type: 'nothing' }, 4400],
      [{ type: 'connection_ack' }, 4400],
      [{ type: 'next', id: 'a', payload: {} }, 4400],
      [{ type: 'error', id: 'a', payload: [{ message: 'no' }] }, 4400],
      [{ type: 'connection_init' }, 4429],
    ];
    for (const [message, code] of closes) {
      const socket = await RawWebSocket.connect(service.url, 'protocol');
      socket.send(message);
      await waitUntil(() => socket.closeCode !== undefined);
      expect(socket.closeCode, JSON.stringify(message)).toBe(code);
    }
    const early = new RawWebSocket(service.url);
    await waitUntil(() => early.isOpen);
    early.start('{ __typename }');
    await waitUntil(() => early.closeCode !== undefined);
    expect(early.closeCode).toBe(4401);
    expect(await bystander.codesOf(bystander.start('{ __typename }'))).toEqual([]);
    bystander.socket.terminate();
  });
});

test('a message larger than a body may be closes that socket alone', async () => {
  const small = await startTestService('postgres', { MAX_BODY_BYTES: '10000' });
  const [bystander, socket] = await Promise.all([
    RawWebSocket.connect(small.url),
    RawWebSocket.connect(small.url),
  ]);
  socket.start(`{ __typename } #${'x'.repeat(20_000)}`);
  await waitUntil(() => socket.closeCode !== undefined);
  expect(socket.closeCode).toBe(1009);
  expect(await bystander.codesOf(bystander.start('{ __typename }'))).toEqual([]);
  bystander.socket.terminate();
  await small.close();
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { toLogCursor } from '../../../src/store/read/log-cursor.ts';
import { SseSubscription } from '../../support/clients/sse-subscription.ts';
import { describeOnOneDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { cursor event { position } } }';
const FIELDS = ['eventStored', 'automationRunEnded', 'appChanged', 'appReloadFinished'];

const toCursor = (text: string) => Buffer.from(text).toString('base64url');
const toText = (cursor: string) => Buffer.from(cursor, 'base64url').toString();

describeOnOneDatabase('a subscription that is refused', (kind) => {
  let service: TestService;
  let pageCursor: string;
  let headCursor: string;

  beforeAll(async () => {
    service = await startTestService(kind);
    await service.client.ingest(runEvent('one'), runEvent('one'), runEvent('two'));
    const { events, eventLog } = await service.client
      .as('one')
      .data('{ events(first: 1) { pageInfo { endCursor } } eventLog { headCursor } }');
    pageCursor = events.pageInfo.endCursor;
    headCursor = eventLog.headCursor;
  });
  afterAll(() => service.close());

  const badCursors = (): [name: string, cursor: string][] => [
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['a cursor of a page', pageCursor],
    ['a position ahead of the log', toLogCursor('one', 3)],
    ['a position that is none', toLogCursor('one', -1)],
    [
      'a position too large for a number',
      toCursor(toText(toLogCursor('one', 1)).replace('1', '9'.repeat(30))),
    ],
    ['text behind a position', toCursor(toText(toLogCursor('one', 1)).replace('1', '1 '))],
    ['a cursor of another tenant', toLogCursor('two', 1)],
    ['a cursor of no tenant', toCursor('log:1')],
    ['text behind a cursor', toCursor(`${toText(toLogCursor('one', 1))} `)],
    ['ten thousand characters', 'A'.repeat(10_000)],
  ];

  test('a cursor that is none of this log is BAD_CURSOR of that operation alone, on an open WebSocket', async () => {
    const socket = await RawWebSocket.connect(service.url, 'one');
    for (const [name, after] of badCursors()) {
      for (const field of FIELDS) {
        const id = socket.start(`subscription ($after: String) { ${field}(after: $after) { cursor } }`, {
          after,
        });
        expect(await socket.codesOf(id), `${field} after ${name}`).toEqual(['BAD_CURSOR']);
        await socket.until((message) => message.id === id && message.type === 'complete');
      }
    }
    const good = socket.start(EVENTS, { after: toLogCursor('one', 0) });
    await socket.until((message) => message.payload?.data?.eventStored.event.position === 2);
    expect(socket.of(good)).toHaveLength(2);
    expect(socket.isOpen).toBe(true);
    socket.socket.terminate();
  });

  test('a cursor that is none of this log is BAD_CURSOR over SSE, and the stream completes', async () => {
    for (const [name, after] of badCursors()) {
      const live = new SseSubscription(service.url, 'one', EVENTS, { after });
      await live.until(({ completed }) => completed);
      expect(live.received[0].errors[0].extensions.code, name).toBe('BAD_CURSOR');
      expect(live.received).toHaveLength(1);
    }
  });

  test('the head itself is a good cursor', async () => {
    const live = new SseSubscription(service.url, 'one', EVENTS, { after: headCursor });
    await service.client.ingest(runEvent('one'));
    await live.until(({ received }) => received.length === 1);
    await live.close();
    expect(live.received[0].eventStored.event.position).toBe(3);
  });

  test('where several tenants have events and none is named, it is TENANT_REQUIRED and the message says how', async () => {
    const socket = await RawWebSocket.connect(service.url);
    const subscription = socket.start(EVENTS);
    expect(await socket.codesOf(subscription)).toEqual(['TENANT_REQUIRED']);
    expect(JSON.stringify(socket.of(subscription))).toContain('connection_init');
    const query = socket.start('{ events { totalCount } }');
    expect(await socket.codesOf(query)).toEqual(['TENANT_REQUIRED']);
    const typename = socket.start('{ __typename }');
    expect(await socket.codesOf(typename)).toEqual([]);
    expect(socket.isOpen).toBe(true);
    socket.socket.terminate();

    const live = new SseSubscription(service.url, undefined, EVENTS);
    await live.until(({ completed }) => completed);
    expect(live.received[0].errors[0].extensions.code).toBe('TENANT_REQUIRED');
    expect(live.received[0].errors[0].message).toContain('x-tenant-id');
  });

  test.each([
    ['on its field', 'subscription { eventStored @skip(if: true) { cursor } }'],
    ['with a variable', 'subscription ($s: Boolean!) { eventStored @include(if: $s) { cursor } }'],
    ['on a fragment', 'subscription { ... @include(if: true) { eventStored { cursor } } }'],
    [
      'in a fragment',
      'subscription { ...F } fragment F on Subscription { eventStored @skip(if: false) { cursor } }',
    ],
  ])('a condition %s is refused, on that operation alone', async (_where, query) => {
    const socket = await RawWebSocket.connect(service.url, 'one');
    const id = socket.start(query, { s: true });
    expect(await socket.codesOf(id)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    const good = socket.start('{ __typename }');
    expect(await socket.codesOf(good)).toEqual([]);
    expect(socket.isOpen).toBe(true);
    socket.socket.terminate();
    const { status, errors } = await service.client.as('one').request(query, { s: true });
    expect([status, errors?.[0].extensions.code]).toEqual([200, 'GRAPHQL_VALIDATION_FAILED']);
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'x-tenant-id': 'one' },
      body: JSON.stringify({ query, variables: { s: true } }),
    });
    expect(await response.text()).toContain('GRAPHQL_VALIDATION_FAILED');
  });

  test('by GET it is refused with 405, whatever it accepts', async () => {
    for (const accept of [
      'text/event-stream',
      'application/json',
      'application/graphql-response+json',
      '*/*',
    ]) {
      const response = await fetch(`${service.url}/graphql?query=${encodeURIComponent(EVENTS)}`, {
        headers: { accept, 'x-tenant-id': 'one' },
      });
      expect(response.status, accept).toBe(405);
      expect(response.headers.get('allow')).toBe('POST');
      expect(await response.text()).toContain('BAD_REQUEST');
    }
  });
});

import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 'subscription ($after: String) { eventStored(after: $after) { cursor event { position } } }';

describe('a stream of server-sent events', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres', { SLOW_CLIENT_SECONDS: '2' });
  });
  afterAll(() => service.close());

  const follow = (tenantId: string, accept: string, lastEventId?: string) =>
    new SseSubscription(service.url, tenantId, EVENTS, {}, lastEventId, accept);

  test.each([
    'text/event-stream',
    'TEXT/Event-Stream',
    '*/*',
    'text/*',
    'text/html, */*;q=0.1',
    'application/json, text/event-stream;q=0.5',
  ])('is the same for all that accept it: %s', async (accept) => {
    const tenantId = newTenant();
    const live = follow(tenantId, accept);
    await waitUntil(() => live.status !== undefined);
    await service.client.ingest(runEvent(tenantId));
    await live.until(({ received }) => received.length === 1);
    expect(live.ids).toEqual([live.received[0].eventStored.cursor]);
    await live.close();
  });

  test.each(['application/json', 'text/event-stream;q=0, */*', 'text/html', 'multipart/mixed'])(
    'is refused with 406 and a code to who does not accept it: %s',
    async (accept) => {
      const response = await fetch(`${service.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept, 'x-tenant-id': newTenant() },
        body: JSON.stringify({ query: EVENTS }),
      });
      expect(response.status).toBe(406);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    },
  );

  test.each([
    ['a stream', EVENTS],
    ['a query', '{ __typename }'],
    ['a syntax error', '{'],
    ['an unknown field', '{ nothing }'],
    ['a refused argument', 'subscription { eventStored(after: "x") { cursor } }'],
  ])('has no header that delays or changes it on its way: %s', async (_what, query) => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-tenant-id': newTenant(),
      },
      body: JSON.stringify({ query }),
    });
    const { headers } = response;
    expect(headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(headers.has('content-encoding')).toBe(false);
    await response.body?.cancel();
  });

  test('begins where it would without it, if Last-Event-ID is empty', async () => {
    const tenantId = newTenant();
    await service.client.ingest(runEvent(tenantId));
    const live = follow(tenantId, 'text/event-stream', '');
    await waitUntil(() => live.status !== undefined);
    await service.client.ingest(runEvent(tenantId));
    await live.until(({ received }) => received.length === 1);
    expect(live.received[0].eventStored.event.position).toBe(2);
    await live.close();
  });
});

describe('a graphql-sse client of a server that stops', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
  });
  afterAll(() => database.drop());

  test('goes on at the next one', async () => {
    const tenantId = newTenant();
    const PORT = String(await findFreePort());
    const first = await ServerProcess.start(database, { PORT });
    await first.client.ingest(runEvent(tenantId));
    const { startCursor } = (await first.client.as(tenantId).data('{ eventLog { startCursor } }')).eventLog;
    const client = createClient({
      url: `${first.url}/graphql`,
      headers: { 'x-tenant-id': tenantId },
      retryAttempts: 50,
      retry: () => new Promise((resolve) => setTimeout(resolve, 200)),
    });
    const positions = new Set<number>();
    let isOver = false;
    client.subscribe<{ eventStored: { event: { position: number } } }>(
      { query: EVENTS, variables: { after: startCursor } },
      {
        next: ({ data }) => data && positions.add(data.eventStored.event.position),
        error: () => {
          isOver = true;
        },
        complete: () => {
          isOver = true;
        },
      },
    );
    await waitUntil(() => positions.size === 1);
    expect(await first.stop()).toBe(0);
    await using second = await ServerProcess.start(database, { PORT });
    await second.client.ingest(runEvent(tenantId));
    await waitUntil(
      () => positions.size === 2,
      10_000,
      () => `over: ${isOver}`,
    );
    client.dispose();
  });
});

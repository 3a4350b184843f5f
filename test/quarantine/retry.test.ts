import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import {
  DISCARD,
  discardQuarantined,
  insertQuarantined,
  listQuarantined,
  RETRY,
  retryQuarantined,
  type Waiting,
} from '../support/events/quarantine.ts';
import { newTenant } from '../support/events/tenants.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';

const toId = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

describeOnEveryDatabase('retrying quarantined events', (kind) => {
  let service: OpenService;
  beforeAll(async () => {
    service = await startOpenService(kind);
  });
  afterAll(() => service.close());

  const insert = (items: readonly Waiting[]) => insertQuarantined(service.database, items);

  test('stores what this version can read, in the order of arrival, as if it had just been sent', async () => {
    const tenantId = newTenant();
    const events = [
      runEvent(tenantId, { title: 'a\u0000', blocks: [{ type: 'baseBlock' }] }),
      appEvent(tenantId, 'app.created', { attributes: { id: 'app-1', name: 'App' } }),
      runEvent(tenantId),
    ];
    const [first, second, third] = events as [object, object, object];
    await insert([
      { tenantId, raw: third, receivedAt: '2026-01-02T00:00:00.001Z', batchIndex: 0 },
      { tenantId, raw: second, receivedAt: '2026-01-02T00:00:00.000Z', batchIndex: 1 },
      { tenantId, raw: first, receivedAt: '2026-01-02T00:00:00.000Z', batchIndex: 0 },
    ]);
    const client = service.client.as(tenantId);
    const { nodes } = await listQuarantined(client);
    expect(nodes.map(({ raw }) => raw)).toEqual(events);
    const { receipts, ...counts } = await retryQuarantined(client, { clientMutationId: 'mine' });
    expect(counts).toEqual({
      stored: 3,
      duplicates: 0,
      conflicts: 0,
      quarantined: 0,
      rejected: 0,
      nextCursor: null,
      clientMutationId: 'mine',
    });
    expect(receipts).toEqual(
      [0, 1, 2].map((index) => ({
        index,
        outcome: 'STORED',
        eventId: events[index]?.id ?? events[index]?.eventId,
        tenantId,
        position: index + 1,
        quarantinedEventId: nodes[index]?.id,
        errors: [],
        warnings: index === 0 ? [{ code: 'UNREADABLE_VALUE' }] : [],
      })),
    );
    expect((await listQuarantined(client)).totalCount).toBe(0);
    const data = await client.data(`{ events { nodes { position raw } } apps { nodes { name } }
      automationRuns(where: { someBlock: { type: { eq: BASE_BLOCK } } }) { totalCount } }`);
    expect(data.events.nodes).toEqual([3, 2, 1].map((position) => ({ position, raw: events[position - 1] })));
    expect([data.apps.nodes, data.automationRuns.totalCount]).toEqual([[{ name: 'App' }], 1]);
    expect(await retryQuarantined(client)).toMatchObject({ receipts: [], nextCursor: null });
  });

  test('an event keeps the moment of its arrival, which stands in for a time that it does not bring', async () => {
    const tenantId = newTenant();
    const arrived = '2026-01-02T03:04:05.678Z';
    const timeless = runEvent(tenantId, {}, { time: undefined });
    const hasty = runEvent(tenantId, {}, { time: '2026-01-04T00:00:00.000Z' });
    await insert([timeless, hasty].map((raw) => ({ tenantId, raw, receivedAt: arrived })));
    const client = service.client.as(tenantId);
    const { receipts } = await retryQuarantined(client);
    expect(receipts.map(({ warnings }: { warnings: unknown }) => warnings)).toEqual([
      [{ code: 'MISSING_TIME' }],
      [{ code: 'UNBELIEVABLE_TIME' }],
    ]);
    const { events, automationRuns } = await client.data(
      '{ events { nodes { time receivedAt } } automationRuns { nodes { occurredAt } } }',
    );
    expect(events.nodes).toEqual(Array(2).fill({ time: arrived, receivedAt: arrived }));
    expect(automationRuns.nodes).toEqual(Array(2).fill({ occurredAt: arrived }));
  });

  test('what is still no event stays where it is, with its problems as found now', async () => {
    const tenantId = newTenant();
    const standing = runEvent(tenantId, { title: 'first' });
    const items = [
      runEvent(tenantId, {}, { id: '' }),
      { ...standing, data: {} },
      runEvent('', { of: tenantId }),
    ];
    await insert(
      items.map((raw, index) => ({ tenantId: index === 2 ? '' : tenantId, raw, batchIndex: index })),
    );
    await service.client.ingest(standing);
    const client = service.client.as(tenantId);
    const before = await listQuarantined(client);
    expect(before.nodes.map(({ problems }) => problems[0]?.message)).toEqual(Array(3).fill('An old bug.'));
    const { receipts, ...counts } = await retryQuarantined(client);
    expect(counts).toMatchObject({ stored: 0, duplicates: 0, conflicts: 1, quarantined: 2, rejected: 0 });
    expect(receipts).toMatchObject([
      { index: 0, outcome: 'QUARANTINED', tenantId, position: null, errors: [{ code: 'MISSING_ID' }] },
      { index: 1, outcome: 'CONFLICT', tenantId, position: 1, errors: [{ code: 'ID_CONFLICT' }] },
      { index: 2, outcome: 'QUARANTINED', tenantId: null, errors: [{ code: 'MISSING_TENANT' }] },
    ]);
    const after = await listQuarantined(client);
    const without = ({ nodes }: typeof before) => nodes.map(({ problems: _, ...item }) => item);
    expect(without(after)).toEqual(without(before));
    expect(after.nodes.map(({ problems }) => problems)).toEqual(
      receipts.map(({ errors }: { errors: unknown }) => errors),
    );
    expect(await retryQuarantined(client)).toMatchObject({ receipts, ...counts });
    await discardQuarantined(
      client,
      after.nodes.map(({ id }) => id),
    );
  });

  test('a conflict that stays is there once, whatever an earlier version has named it', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const event = runEvent(tenantId);
    await service.client.ingest(event);
    await insert([{ tenantId, raw: { ...event, data: { more: 1 } }, itemKey: 'of-an-earlier-version' }]);
    const before = await listQuarantined(client);
    const { receipts } = await retryQuarantined(client);
    expect(receipts).toMatchObject([{ outcome: 'CONFLICT', quarantinedEventId: before.nodes[0]?.id }]);
    const { nodes, totalCount } = await listQuarantined(client);
    expect([totalCount, nodes[0]?.id]).toEqual([1, before.nodes[0]?.id]);
  });

  test('a conflict is stored once the event that stood in its way is gone', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId, { title: 'first' });
    const other = { ...event, data: { title: 'second' } };
    await insert([{ tenantId, raw: other }]);
    const { receipts } = await retryQuarantined(service.client.as(tenantId));
    expect(receipts).toMatchObject([{ outcome: 'STORED', position: 1 }]);
    expect(await service.client.ingest(event)).toMatchObject({ conflicts: 1 });
  });

  test('an event that is in the log already, as after a crash between storing and removing, is a duplicate and leaves', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId);
    const { id, source, type, time, data } = event;
    const audit = {
      ...{ eventId: id, source, eventType: type, eventTime: time, data },
      ...{ tenantId, extensions: { topLevelResourceId: event.toplevelresourceid } },
    };
    await insert([
      { tenantId, raw: event },
      { tenantId, raw: audit },
    ]);
    await service.client.ingest(runEvent(tenantId), event);
    const client = service.client.as(tenantId);
    const { receipts } = await retryQuarantined(client);
    expect(receipts).toMatchObject([
      { outcome: 'DUPLICATE', position: 2 },
      { outcome: 'DUPLICATE', position: 2 },
    ]);
    expect((await listQuarantined(client)).totalCount).toBe(0);
    expect((await client.data('{ eventLog { headPosition } }')).eventLog.headPosition).toBe(2);
  });

  test('items that are one event to each other: the first is stored, its copies are duplicates, others conflict', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId);
    const turned = Object.fromEntries(Object.entries(event).reverse());
    await insert([event, turned, { ...event, data: { more: 1 } }].map((raw) => ({ tenantId, raw })));
    const client = service.client.as(tenantId);
    const { receipts } = await retryQuarantined(client);
    expect(receipts).toMatchObject([
      { outcome: 'STORED', position: 1 },
      { outcome: 'DUPLICATE', position: 1 },
      { outcome: 'CONFLICT', position: 1 },
    ]);
    const { nodes } = await listQuarantined(client);
    expect(nodes.map(({ raw }) => raw)).toEqual([{ ...event, data: { more: 1 } }]);
  });

  test('an item without a tenant goes to the log of the tenant that can be read now', async () => {
    const [acting, owner] = [newTenant(), newTenant()];
    await insert([{ tenantId: '', raw: runEvent(owner) }]);
    const { receipts } = await retryQuarantined(service.client.as(acting));
    expect(receipts).toMatchObject([{ outcome: 'STORED', tenantId: owner, position: 1 }]);
    expect((await listQuarantined(service.client.as(acting))).totalCount).toBe(0);
    expect((await service.client.as(owner).data('{ events { totalCount } }')).events.totalCount).toBe(1);
  });

  test('a subscriber gets what was retried', async () => {
    const tenantId = newTenant();
    await insert([{ tenantId, raw: runEvent(tenantId) }]);
    const client = service.client.as(tenantId);
    const live = client.subscribe(
      'subscription ($after: String) { eventStored(after: $after) { event { position } } }',
      startAfter(tenantId),
    );
    await retryQuarantined(client);
    await live.until(({ received }) => received.length === 1);
    expect(live.received).toEqual([{ eventStored: { event: { position: 1 } } }]);
    await live.close();
  });

  test('by id: those named are tried once each, in the order named; what is no item of the tenant is passed over', async () => {
    const [tenantId, foreign] = [newTenant(), newTenant()];
    const raws = Array.from({ length: 5 }, () => runEvent(tenantId));
    await insert([...raws.map((raw) => ({ tenantId, raw })), { tenantId: foreign, raw: runEvent(foreign) }]);
    const client = service.client.as(tenantId);
    const ids = (await listQuarantined(client)).nodes.map(({ id }) => id);
    const [stranger] = (await listQuarantined(service.client.as(foreign))).nodes;
    await service.client.ingest(runEvent(tenantId));
    const { events } = await client.data('{ events { nodes { id } } }');
    const named = [
      ...['unknown', '', stranger?.id, ids[3], events.nodes[0].id, ids[1], ids[3], '\u0000', '\ud800'],
      toId('QuarantinedEvent', tenantId),
      toId('QuarantinedEvent', tenantId, 1),
      toId('QuarantinedEvent', tenantId, 'x', 'x'),
      toId('QuarantinedEvent', tenantId, 'x'.repeat(10_000)),
      toId('QuarantinedEvent', tenantId, '\ud800'),
      toId('App', tenantId, 'x'),
      ids[0],
    ];
    const { receipts, nextCursor } = await retryQuarantined(client, { ids: named });
    expect(nextCursor).toBeNull();
    expect(receipts).toMatchObject(
      [3, 1, 0].map((place, index) => ({
        index,
        outcome: 'STORED',
        eventId: raws[place]?.id,
        position: index + 2,
        quarantinedEventId: ids[place],
      })),
    );
    const left = await listQuarantined(client);
    expect(left.nodes.map(({ raw }) => raw)).toEqual([raws[2], raws[4]]);
    expect((await listQuarantined(service.client.as(foreign))).totalCount).toBe(1);
    expect((await retryQuarantined(client, { ids: [] })).receipts).toEqual([]);
    expect((await retryQuarantined(client, { ids: [ids[3], ids[1]] })).receipts).toEqual([]);
    expect((await listQuarantined(client)).totalCount).toBe(2);
    expect((await retryQuarantined(client, { after: null })).stored).toBe(2);
  });

  test('a null for ids is refused, however it is sent, and nothing is tried', async () => {
    const tenantId = newTenant();
    await insert([{ tenantId, raw: runEvent(tenantId) }]);
    const client = service.client.as(tenantId);
    const asked: [query: string, variables: Record<string, unknown>][] = [
      [RETRY, { input: { ids: null } }],
      [RETRY, { input: { ids: null, after: null } }],
      ['mutation { retryQuarantinedEvents(input: { ids: null }) { stored } }', {}],
      ['mutation ($ids: [ID!]) { retryQuarantinedEvents(input: { ids: $ids }) { stored } }', { ids: null }],
      ['mutation ($ids: [ID!] = null) { retryQuarantinedEvents(input: { ids: $ids }) { stored } }', {}],
      [RETRY, { input: { ids: [null] } }],
      [RETRY, { input: null }],
      [DISCARD, { input: { ids: null } }],
      [DISCARD, { input: {} }],
      ['mutation { discardQuarantinedEvents(input: { ids: null }) { discarded } }', {}],
      [
        'mutation ($ids: [ID!] = []) { discardQuarantinedEvents(input: { ids: $ids }) { discarded } }',
        { ids: null },
      ],
    ];
    for (const [query, variables] of asked) {
      const { errors } = await client.request(query, variables);
      const codes = errors?.map(({ extensions }) => extensions.code);
      expect({ query, variables, isRefused: codes?.length === 1 }).toEqual({
        query,
        variables,
        isRefused: true,
      });
      expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(codes?.[0]);
    }
    expect((await listQuarantined(client)).totalCount).toBe(1);
    const { errors } = await client.request(RETRY, { input: { ids: null } });
    expect(errors?.[0].message).toContain('leave ids out to retry all');
  });

  test('over a WebSocket as over HTTP', async () => {
    const tenantId = newTenant();
    const raw = runEvent(tenantId);
    await insert([{ tenantId, raw }]);
    const socket = await RawWebSocket.connect(service.url, tenantId);
    const answerOf = async (query: string, variables?: unknown) => {
      const id = socket.start(query, variables);
      const { payload } = await socket.until((message) => message.id === id && message.type === 'next');
      return payload;
    };
    const LIST = '{ quarantinedEvents { totalCount nodes { tenantId raw } } }';
    expect(await answerOf(LIST)).toEqual({
      data: { quarantinedEvents: { totalCount: 1, nodes: [{ tenantId, raw }] } },
      extensions: { cost: expect.anything() },
    });
    const { data } = await answerOf(RETRY, { input: {} });
    expect(data.retryQuarantinedEvents).toMatchObject({ stored: 1, receipts: [{ outcome: 'STORED' }] });
    expect(await answerOf(LIST)).toEqual({
      data: { quarantinedEvents: { totalCount: 0, nodes: [] } },
      extensions: { cost: expect.anything() },
    });
    expect(await answerOf(RETRY, { input: { after: 'x' } })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_CURSOR' } }],
    });
    socket.socket.terminate();
  });

  test('none of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

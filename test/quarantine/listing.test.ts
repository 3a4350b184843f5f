import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { ITEM, listQuarantined, type QuarantinedEvent } from '../support/events/quarantine.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const NODE = `query ($id: ID!) { node(id: $id) { __typename ... on QuarantinedEvent { ${ITEM} } } }`;

describeOnEachDatabase('quarantined events', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  /**
   * A conflict, an item without an id and one without a tenant, between events that are stored; in
   * the order sent.
   */
  async function sendMixed(tenantId: string): Promise<object[]> {
    const event = runEvent(tenantId, { title: 'first' });
    const conflict = { ...event, data: { title: 'second' } };
    const nameless = runEvent(tenantId, {}, { id: '' });
    const homeless = runEvent('', { of: tenantId });
    const later = runEvent(tenantId, { text: 'a\u0000\ud800' }, { type: null });
    await service.client.ingest(homeless, event, conflict, runEvent(tenantId), nameless);
    await service.client.ingest(later);
    return [homeless, conflict, nameless, later];
  }

  /** What a client sees of a tenant's own and of what was sent along with it. */
  const isOf = (tenantId: string) => (item: QuarantinedEvent) => JSON.stringify(item.raw).includes(tenantId);

  test('are listed in the order of arrival, conflicts included, each whole and with its problems', async () => {
    const tenantId = newTenant();
    const sentAt = Date.now();
    const sent = await sendMixed(tenantId);
    const { nodes } = await listQuarantined(service.client.as(tenantId));
    const items = nodes.filter(isOf(tenantId));
    expect(items.map(({ raw }) => raw)).toEqual(sent);
    expect(items.map((item) => item.tenantId)).toEqual([null, tenantId, tenantId, tenantId]);
    expect(items.map(({ problems }) => problems.map(({ code, path }) => [code, path]))).toEqual([
      [['MISSING_TENANT', '/tenantid']],
      [['ID_CONFLICT', null]],
      [['MISSING_ID', '/id']],
      [['MISSING_TYPE', '/type']],
    ]);
    for (const { receivedAt } of items) {
      expect(Date.parse(receivedAt)).toBeGreaterThanOrEqual(sentAt);
      expect(Date.parse(receivedAt)).toBeLessThanOrEqual(Date.now());
    }
  });

  test('are filtered by the time at which they were received, with the total and across pages', async () => {
    const tenantId = newTenant();
    await sendMixed(tenantId);
    const caller = service.client.as(tenantId);
    const { nodes } = await listQuarantined(caller);
    const items = nodes.filter(isOf(tenantId));
    const since = items.at(-1)?.receivedAt ?? '';
    const list = async (where: object, page: object = {}) => {
      const { quarantinedEvents } = await caller.data(
        `query ($where: QuarantinedEventFilter, $first: Int, $after: String) {
          quarantinedEvents(where: $where, first: $first, after: $after) {
            totalCount edges { cursor node { id receivedAt } } pageInfo { hasNextPage } } }`,
        { where, ...page },
      );
      return quarantinedEvents;
    };
    const ids = (found: { edges: { node: { id: string } }[] }) => found.edges.map(({ node }) => node.id);
    const late = await list({ receivedAt: { gte: since } });
    const early = await list({ not: { receivedAt: { gte: since } } }, { first: 100 });
    expect(ids(late)).toContain(items.at(-1)?.id);
    expect(late.edges.every(({ node }: { node: QuarantinedEvent }) => node.receivedAt >= since)).toBe(true);
    expect([...ids(early), ...ids(late)].toSorted()).toEqual(nodes.map(({ id }) => id).toSorted());
    expect([late.totalCount, early.totalCount]).toEqual([late.edges.length, early.edges.length]);
    const first = await list({ receivedAt: { lt: since } }, { first: 1 });
    const second = await list({ receivedAt: { lt: since } }, { first: 1, after: first.edges[0].cursor });
    expect([...ids(first), ...ids(second)]).toEqual(ids(early).slice(0, 2));
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect(await list({ receivedAt: { gte: '9999-01-01T00:00:00Z' } })).toMatchObject({
      totalCount: 0,
      edges: [],
    });
  });

  test('are kept once for the same bytes, at the place where they first arrived', async () => {
    const tenantId = newTenant();
    const sent = await sendMixed(tenantId);
    const before = await listQuarantined(service.client.as(tenantId));
    await service.client.ingest(...sent.toReversed(), ...sent);
    expect(await listQuarantined(service.client.as(tenantId))).toEqual(before);
  });

  test('have the id that the receipt named, and are found by it', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId);
    const { ingestEvents } = await service.client.data(
      `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
         nextCursor receipts { outcome quarantinedEventId } } }`,
      {
        events: [
          event,
          { ...event, data: { more: 1 } },
          { ...event, id: '' },
          { of: tenantId },
          'text',
          event,
        ],
      },
    );
    const client = service.client.as(tenantId);
    const items = (await listQuarantined(client)).nodes.filter(isOf(tenantId));
    expect(ingestEvents).toEqual({
      nextCursor: null,
      receipts: [
        { outcome: 'STORED', quarantinedEventId: null },
        { outcome: 'CONFLICT', quarantinedEventId: items[0]?.id },
        { outcome: 'QUARANTINED', quarantinedEventId: items[1]?.id },
        { outcome: 'QUARANTINED', quarantinedEventId: items[2]?.id },
        { outcome: 'REJECTED', quarantinedEventId: null },
        { outcome: 'DUPLICATE', quarantinedEventId: null },
      ],
    });
    for (const item of items) {
      const { node } = await client.data(NODE, { id: item.id });
      expect(node).toEqual({ __typename: 'QuarantinedEvent', ...item });
    }
  });

  test("another tenant's are not there, by list or by id; those without a tenant are", async () => {
    const [one, other] = [newTenant(), newTenant()];
    await sendMixed(one);
    await sendMixed(other);
    const ofOne = (await listQuarantined(service.client.as(one))).nodes;
    expect(ofOne.filter(({ tenantId }) => tenantId === one).length).toBe(3);
    expect(ofOne.filter(({ tenantId }) => tenantId !== one && tenantId !== null)).toEqual([]);
    const client = service.client.as(other);
    for (const { id, tenantId } of ofOne) {
      const found = await client.request(NODE, { id });
      if (tenantId === null) expect(found.data.node.tenantId).toBeNull();
      else expect(found).toEqual(await client.request(NODE, { id: 'unknown' }));
    }
    const { nodes } = await client.data('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: ofOne.map(({ id }) => id),
    });
    expect(nodes.map((node: { id: string } | null) => node?.id ?? null)).toEqual(
      ofOne.map(({ id, tenantId }) => (tenantId === null ? id : null)),
    );
  });

  test('a cursor stays good after its item is gone', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const sent = Array.from({ length: 5 }, (_, index) => runEvent(tenantId, { index }, { id: '' }));
    const { receipts } = await service.client.ingest(...sent);
    expect(receipts.length).toBe(5);
    const { edges } = await readOwn(client, tenantId);
    const third = edges[2];
    await client.data(
      'mutation ($id: ID!) { discardQuarantinedEvents(input: { ids: [$id] }) { discarded } }',
      {
        id: third?.node.id,
      },
    );
    const rest = await readOwn(client, tenantId, third?.cursor);
    expect(rest.edges.map(({ node }) => node.raw)).toEqual(sent.slice(3));
  });

  async function readOwn(client: GraphqlClient, tenantId: string, after?: string) {
    const { quarantinedEvents } = await client.data(
      'query ($after: String) { quarantinedEvents(first: 100, after: $after) { edges { cursor node { id raw } } } }',
      { after },
    );
    const edges: { cursor: string; node: { id: string; raw: { tenantid?: string } } }[] =
      quarantinedEvents.edges;
    return { edges: edges.filter(({ node }) => node.raw.tenantid === tenantId) };
  }

  test('need a tenant to act for, like everything else', async () => {
    await service.client.ingest(runEvent(newTenant()), runEvent(newTenant()));
    const fields = [
      '{ quarantinedEvents { totalCount } }',
      'mutation { retryQuarantinedEvents(input: {}) { stored } }',
      'mutation { discardQuarantinedEvents(input: { ids: [] }) { discarded } }',
    ];
    for (const field of fields) {
      const { errors } = await service.client.request(field);
      expect(errors?.[0].extensions.code, field).toBe('TENANT_REQUIRED');
    }
  });

  test('none of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

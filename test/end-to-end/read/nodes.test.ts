import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import { describeOnEveryDatabase } from '../../support/databases/databases.ts';
import { EXAMPLES, readExampleOf } from '../../support/events/events.ts';
import { toDose } from '../../support/run/dose.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const IDS = `{ events(first: 100) { nodes { __typename id } } automationRuns { nodes { __typename id } }
  automations { nodes { __typename id } } blocks { nodes { __typename id } } appReloads { nodes { __typename id } }
  apps(includeDeleted: true) { nodes { __typename id } } }`;

const toId = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

interface Named {
  __typename: string;
  id: string;
}

describeOnEveryDatabase('global ids', (kind) => {
  let service: TestService;
  let one: GraphqlClient;
  let other: GraphqlClient;
  let known: Named[];
  beforeAll(async () => {
    service = await startTestService(kind);
    one = service.client.as('one');
    other = service.client.as('other');
    for (const tenantId of ['one', 'other']) {
      const events = EXAMPLES.map((name) => readExampleOf(tenantId, name));
      await service.client.ingest(...events, { ...events[0], eventType: 'com.qlik.app.opened' });
    }
    known = await listIds(one);
  });
  afterAll(() => service.close());

  async function listIds(client: GraphqlClient): Promise<Named[]> {
    const data: Record<string, { nodes: Named[] }> = await client.data(IDS);
    return Object.values(data).flatMap(({ nodes }) => nodes);
  }

  const nodes = (client: GraphqlClient, ids: string[]) =>
    client.data('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });

  test('every node is found by its id, as what it is', async () => {
    const types = new Set(known.map(({ __typename }) => __typename));
    expect([...types].sort()).toEqual([
      'App',
      'AppCreatedEvent',
      'AppDataUpdatedEvent',
      'AppDeletedEvent',
      'AppExportedEvent',
      'AppPublishedEvent',
      'AppReload',
      'AppReloadFinishedEvent',
      'Automation',
      'AutomationRun',
      'AutomationRunEndedEvent',
      'Block',
      'OtherEvent',
    ]);
    expect(new Set(known.map(({ id }) => id)).size).toBe(known.length);
    for (const node of known) {
      const found = await one.data('query ($id: ID!) { node(id: $id) { __typename id } }', { id: node.id });
      expect(found).toEqual({ node });
    }
  });

  test('a node has its fields', async () => {
    const block = known.find(({ __typename }) => __typename === 'Block');
    const query = `query ($id: ID!) { node(id: $id) { ... on Block { blockName apiCalls run { status } } } }`;
    expect(await one.data(query, { id: block?.id })).toEqual({
      node: { blockName: 'SleepBlock', apiCalls: 40, run: { status: 'EXCEEDED_LIMIT' } },
    });
  });

  test('many are found at once, in the order asked, repeated and unknown ones included', async () => {
    const asked = [...known.toReversed(), ...known];
    const ids = asked.flatMap(({ id }) => [id, 'unknown']);
    expect(await nodes(one, ids)).toEqual({ nodes: asked.flatMap((node) => [node, null]) });
  });

  test("another tenant's id is null, like one that does not exist", async () => {
    const foreign = await listIds(other);
    const ids = foreign.map(({ id }) => id);
    expect(ids.filter((id) => known.some((node) => node.id === id))).toEqual([]);
    expect(await nodes(one, ids)).toEqual({ nodes: ids.map(() => null) });
    const query = 'query ($id: ID!) { node(id: $id) { id } }';
    for (const id of ids)
      expect(await one.request(query, { id })).toEqual(await one.request(query, { id: 'unknown' }));
  });

  test('100 ids are answered, 101 are refused, none give none', async () => {
    const id = known[0]?.id ?? '';
    expect((await nodes(one, Array(100).fill(id))).nodes).toEqual(Array(100).fill(known[0]));
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const { data, errors } = await one.request(query, { ids: Array(101).fill(id) });
    expect({ data, code: errors?.[0].extensions.code }).toEqual({ data: null, code: 'BAD_USER_INPUT' });
    expect(await nodes(one, [])).toEqual({ nodes: [] });
  });

  test('an id that is unusable is null', async () => {
    const long = 'x'.repeat(10_000);
    const ids = [
      '',
      'x',
      '\u0000',
      '\ud800',
      long,
      Buffer.from('['.repeat(10_000)).toString('base64url'),
      toId(),
      toId('App'),
      toId('App', 'one'),
      toId('App', 'one', 'id123', 'id123'),
      toId('App', 'one', 1),
      toId('App', 'one', null),
      toId('App', 'one', 'a\u0000'),
      toId('App', 'one', '\ud800'),
      toId('App', 'one', long),
      toId('app', 'one', 'id123'),
      toId('toString', 'one', 'id123'),
      toId('__proto__', 'one', 'id123'),
      toId('AppCreatedEvent', 'one', 2),
      toId('AppCreatedEvent', 'one', '1'),
      toId('AppCreatedEvent', 'one', 0),
      toId('AppCreatedEvent', 'one', -1),
      toId('AppCreatedEvent', 'one', 1.5),
      toId('AppCreatedEvent', 'one', 2 ** 53 - 1),
      toId('AppCreatedEvent', 'one', 1e300),
      toId('Block', 'one', 'd452d100-9b0b-11ec-b199-8323e1031c3e', 1),
      toId('Block', 'one', 'd452d100-9b0b-11ec-b199-8323e1031c3e', -1),
      toId('Event', 'one', 1),
    ];
    expect(await nodes(one, ids)).toEqual({ nodes: ids.map(() => null) });
  });

  test('an id made by hand is a node or null, whatever it holds', async () => {
    const part = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('one', 'App', 'Block', 'AppReload', 1, 2 ** 53 - 1),
    );
    const parts = fc.tuple(
      fc.constantFrom(...known.map(({ __typename }) => __typename)),
      fc.constant('one'),
      part,
      part,
    );
    const ids = fc.array(
      parts.chain((all) => fc.integer({ min: 0, max: 4 }).map((length) => toId(...all.slice(0, length)))),
      {
        minLength: 1,
        maxLength: 50,
      },
    );
    await fc.assert(
      fc.asyncProperty(ids, async (made) => {
        const { data, errors } = await one.request('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
          ids: made,
        });
        expect(errors).toBeUndefined();
        expect(data.nodes.length).toBe(made.length);
      }),
      { numRuns: toDose({ short: 8, full: 20 }) },
    );
  });
});

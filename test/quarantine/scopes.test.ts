import { type ExecutionResult, graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphContext, Scope } from '../../src/graphql/context.ts';
import { createLiveStates } from '../../src/graphql/live/live-states.ts';
import { createLoaders } from '../../src/graphql/loaders.ts';
import { RequestIds } from '../../src/graphql/request-ids.ts';
import { schema } from '../../src/graphql/schema.ts';
import { insertQuarantined, listQuarantined, retryQuarantined } from '../support/events/quarantine.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';

const ID = 'query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }';
const OPERATIONS = [
  '{ quarantinedEvents { totalCount } }',
  ID,
  'mutation ($id: ID!) { retryQuarantinedEvents(input: { ids: [$id] }) { rejected receipts { errors { code } } } }',
  'mutation { retryQuarantinedEvents(input: {}) { rejected receipts { errors { code } } } }',
  'mutation ($id: ID!) { discardQuarantinedEvents(input: { ids: [$id] }) { discarded } }',
];

// No caller of an open server lacks anything, so the callers that tokens will bring stand in for it
// here.
describe('a caller with a token', () => {
  let service: OpenService;
  let id: string;
  beforeAll(async () => {
    service = await startOpenService('postgres');
    await insertQuarantined(service.database, [
      { tenantId: 'one', raw: { of: 'one' } },
      { tenantId: '', raw: { of: 'none' } },
    ]);
    id = (await listQuarantined(service.client.as('one'))).nodes[0]?.id ?? '';
  });
  afterAll(() => service.close());

  function ask(source: string, scopes: Scope[], mayWrite = (_tenantId: string) => true) {
    const { database, feed, ingestQueue } = service;
    const contextValue: GraphContext = {
      ...{
        database,
        feed,
        ingestQueue,
        load: createLoaders(database),
        children: new Map(),
        childStats: new Map(),
        live: createLiveStates(database, feed),
      },
      ingest: { maxBatch: 10, maxEventBytes: 10_000 },
      ids: new RequestIds(),
      callerKey: 'subject me',
      takeEvents: () => undefined,
      caller: {
        ...{
          subject: 'me',
          scopes,
          mayWrite,
          mayActForAll: false,
          listTenants: async () => [],
          onlyTenant: 'one',
          tenantRefusal: undefined,
        },
        actingTenant: async () => 'one',
      },
    };
    // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
    return graphql({ schema, source, variableValues: { id }, contextValue }) as Promise<ExecutionResult<any>>;
  }

  test('needs events:admin for everything about quarantine, and nothing else beside it', async () => {
    for (const operation of OPERATIONS) {
      const { data, errors } = await ask(operation, ['events:read', 'events:ingest']);
      expect(errors?.map(({ message }) => message)).toContain('This needs the scope events:admin.');
      expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
    }
    for (const operation of OPERATIONS.slice(0, 2)) {
      expect((await ask(operation, ['events:admin'])).errors).toBeUndefined();
    }
    expect((await ask('{ node(id: "x") { id } }', ['events:admin'])).errors?.length).toBe(1);
  });

  test('of some tenants sees no items without a tenant', async () => {
    const { data } = await ask('{ quarantinedEvents { totalCount nodes { tenantId } } }', ['events:admin']);
    expect(data.quarantinedEvents).toEqual({ totalCount: 1, nodes: [{ tenantId: 'one' }] });
    const { nodes } = await listQuarantined(service.client.as('one'));
    const homeless = nodes.find(({ tenantId }) => tenantId === null)?.id;
    const query = `mutation { discardQuarantinedEvents(input: { ids: ["${homeless}"] }) { discarded } }`;
    expect((await ask(query, ['events:admin'])).data).toEqual({ discardQuarantinedEvents: { discarded: 0 } });
    expect((await ask(`{ node(id: "${homeless}") { id } }`, ['events:admin'])).data).toEqual({ node: null });
  });

  test('that may not write to the tenant that an item names now leaves it as it is', async () => {
    const raw = { specversion: '1.0', id: 'e', type: 't', source: 's', tenantid: 'other' };
    await insertQuarantined(service.database, [{ tenantId: 'one', raw, batchIndex: 2 }]);
    const before = await listQuarantined(service.client.as('one'));
    const { data } = await ask(OPERATIONS[3] ?? '', ['events:admin'], (tenantId) => tenantId === 'one');
    expect(data.retryQuarantinedEvents.rejected).toBe(1);
    expect(data.retryQuarantinedEvents.receipts[1].errors).toEqual([{ code: 'FORBIDDEN_TENANT' }]);
    const after = await listQuarantined(service.client.as('one'));
    expect(after.nodes[2]).toEqual(before.nodes[2]);
    expect((await retryQuarantined(service.client.as('one'))).stored).toBe(1);
  });
});

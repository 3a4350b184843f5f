import { isInterfaceType } from 'graphql';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEveryDatabase } from '../support/databases/databases.ts';
import type { Statement } from '../support/databases/watch-queries.ts';
import { watchStatements } from '../support/databases/wrap-access.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';

const APP_TYPES = ['created', 'published', 'exported', 'data.updated', 'reload.finished', 'deleted'];

/** Every list of rows that have a global id. */
const LISTS = [
  'automationRuns',
  'automations',
  'blocks',
  'apps(includeDeleted: true)',
  'appReloads',
  'events',
];
const ALL_IDS = `{ ${[...LISTS, 'quarantinedEvents']
  .map((list, index) => `list${index}: ${list} { nodes { __typename id } }`)
  .join(' ')} }`;

/** Every way from a root field to further rows. */
const EVERYTHING = `{
  automationRuns(where: { someBlock: { run: { someBlock: { apiCalls: { isNull: true } } } } }) { totalCount }
  blocks(where: { run: { someBlock: { apiCalls: { isNull: true } } } }) { totalCount nodes { run { runId } } }
  blockStats(where: { run: { status: { eq: FINISHED } } }, interval: HOUR, timeZone: "Europe/Berlin") { count }
  automations { totalCount nodes { lastRun { runId } runs { totalCount nodes { automation { automationId }
    blocks(where: { apiCalls: { isNull: true } }) { totalCount nodes { ordinal } } events { totalCount nodes { raw } } } }
    runStats(interval: DAY, timeZone: "Asia/Kolkata") { count } } }
  apps(includeDeleted: true) { totalCount nodes { lastReload { reloadKey: id } reloads { totalCount nodes { app { appId }
    event { eventId } } } events { totalCount nodes { eventId } } } }
  appReloadStats(groupBy: [APP]) { count app { appId } }
  automationRunStats(groupBy: [AUTOMATION]) { count automation { automationId } }
  events { totalCount nodes { raw } }
  event(source: "com.qlik/automations", eventId: "event-1") { eventId }
  eventLog { headPosition headCursor startCursor }
  quarantinedEvents { totalCount nodes { raw } }
}`;

describeOnEveryDatabase('the statements of a request', (kind) => {
  let service: OpenService;
  let one: GraphqlClient;
  let two: GraphqlClient;
  const statements: Statement[] = [];

  beforeAll(async () => {
    service = await startOpenService(kind, {}, (database) =>
      watchStatements(database, (statement) => statements.push(statement)),
    );
    [one, two] = [service.client.as('tenant-one'), service.client.as('tenant-two')];
    const blocks = [{ type: 'FormBlock' }, { type: 'EndpointBlock' }];
    for (const tenantId of ['tenant-one', 'tenant-two']) {
      await service.client.ingest(
        runEvent(tenantId, { blocks }),
        ...APP_TYPES.map((type) =>
          appEvent(tenantId, `app.${type}`, { id: 'app', attributes: { id: 'app' } }),
        ),
        runEvent(tenantId, {}, { type: 'com.qlik.v1.user.created' }),
        runEvent(tenantId, {}, { id: '' }),
      );
    }
  });
  afterAll(() => service.close());
  beforeEach(() => {
    statements.length = 0;
  });

  /** The ids that a tenant reads, by the name of their type. */
  async function listIds(client: GraphqlClient): Promise<Map<string, string>> {
    const { data } = await client.request(ALL_IDS);
    const nodes = Object.values<{ nodes: { __typename: string; id: string }[] }>(data).flatMap(
      (list) => list.nodes,
    );
    return new Map(nodes.map(({ __typename, id }) => [__typename, id]));
  }

  test('are none for the id of another tenant, of every type that has ids', async () => {
    const ids = await listIds(one);
    const node = schema.getType('Node');
    const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : [];
    expect([...ids.keys()].sort(), 'this suite has an id of every type').toEqual([...types].sort());
    statements.length = 0;
    for (const [type, id] of ids) {
      const { data } = await two.request('query ($id: ID!) { node(id: $id) { __typename } }', { id });
      expect({ type, ...data }).toEqual({ type, node: null });
    }
    const all = [...ids.values()];
    const { data } = await two.request('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', {
      ids: all,
    });
    expect(data.nodes).toEqual(all.map(() => null));
    const { data: discarded } = await two.request(
      'mutation ($ids: [ID!]!) { discardQuarantinedEvents(input: { ids: $ids }) { discarded } }',
      { ids: all },
    );
    expect(discarded).toEqual({ discardQuarantinedEvents: { discarded: 0 } });
    expect(statements).toEqual([]);
    const { data: own } = await one.request('query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }', {
      ids: all,
    });
    expect(own.nodes.map(({ __typename }: { __typename: string }) => __typename)).toEqual([...ids.keys()]);
    expect(statements).not.toEqual([]);
  });

  test('name the tenant that the request acts for, and no other one', async () => {
    const { data, errors } = await two.request(EVERYTHING);
    expect(errors).toBeUndefined();
    expect(data.automations.nodes[0].runs.nodes[0].events.nodes).toHaveLength(1);
    expect(data.apps.nodes[0].events.totalCount).toBe(APP_TYPES.length);
    expect(statements.length).toBeGreaterThan(20);
    for (const { sql, params } of statements) {
      expect(sql).toContain('tenant_id');
      // Items without a tenant belong to the caller of an open server, too.
      const owner = sql.includes('"quarantine"') ? expect.stringMatching(/^(tenant-two)?$/) : 'tenant-two';
      expect(params, sql).toContainEqual(owner);
      expect(JSON.stringify(params), sql).not.toContain('tenant-one');
    }
  });
});

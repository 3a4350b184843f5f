import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { type CountedService, startCountedService } from '../support/services/counted-service.ts';

const PARENTS = 20;

/** Operations, and how many statements each may take at most. */
const OPERATIONS: [what: string, statements: number, query: string][] = [
  [
    'runs with blocks and automation, and the names of automations',
    2,
    '{ automationRuns { nodes { runId title blocks(first: 100) { nodes { blockName } totalCount } automation { name } } } }',
  ],
  [
    'runs alone',
    1,
    '{ automationRuns(orderBy: [{ field: OCCURRED_AT }]) { nodes { runId } pageInfo { hasNextPage } } }',
  ],
  [
    'a page of which all is selected',
    1,
    '{ automationRuns { nodes { id } edges { cursor node { id } } pageInfo { endCursor } } }',
  ],
  ['runs and how many', 2, '{ automationRuns { nodes { runId } totalCount } }'],
  ['how many runs', 1, '{ automationRuns(where: { title: { contains: "a" } }) { totalCount } }'],
  ['nothing but a name', 0, '{ automationRuns { __typename } }'],
  [
    'some blocks of runs',
    2,
    '{ automationRuns { nodes { blocks(where: { type: { eq: UNKNOWN } }) { nodes { ordinal } } } } }',
  ],
  [
    'some blocks of runs, and how many',
    3,
    '{ automationRuns { nodes { blocks(where: { type: { eq: UNKNOWN } }) { nodes { ordinal } totalCount } } } }',
  ],
  [
    'events of apps',
    2,
    '{ apps(orderBy: [{ field: LAST_EVENT_AT }]) { nodes { events(first: 2) { nodes { position } } } } }',
  ],
  [
    'how many events of apps',
    2,
    '{ apps(orderBy: [{ field: LAST_EVENT_AT }]) { nodes { events { totalCount } } } }',
  ],
  ['blocks and their runs', 2, '{ blocks { nodes { ordinal run { runId title } } } }'],
  ['events of runs', 2, '{ automationRuns { nodes { events(first: 2) { nodes { position } } } } }'],
  [
    'runs of automations',
    2,
    '{ automations { nodes { runs(first: 3, where: { not: { title: { eq: "x" } } }) { nodes { runId } } } } }',
  ],
  ['the number of runs of automations', 2, '{ automations { nodes { runs { totalCount } } } }'],
  ['last runs of automations', 2, '{ automations { nodes { lastRun { runId } } } }'],
  [
    'statistics of automations',
    2,
    '{ automations { nodes { runStats(interval: DAY, groupBy: [STATUS]) { count duration { p50 } } } } }',
  ],
  [
    'reloads of apps',
    2,
    '{ apps(orderBy: [{ field: LAST_EVENT_AT }]) { nodes { reloads(last: 2, orderBy: [{ field: PEAK_MEMORY }]) { nodes { reloadId } } } } }',
  ],
  [
    'apps by name, the nameless ones with a statement of their own, and their last reloads',
    3,
    '{ apps { nodes { lastReload { reloadId } } } }',
  ],
  ['reloads with apps and events', 3, '{ appReloads { nodes { app { name } event { position } } } }'],
  [
    'statistics with automations and their names',
    2,
    '{ automationRunStats(groupBy: [AUTOMATION]) { count automation { name } } }',
  ],
  [
    'items of quarantine with all that was sent, those of the tenant and of none',
    2,
    '{ quarantinedEvents { nodes { id problems { code } raw } edges { cursor } } }',
  ],
  ['how many items are in quarantine', 2, '{ quarantinedEvents { totalCount } }'],
  ['statistics with apps', 2, '{ appReloadStats(groupBy: [APP]) { count app { name } } }'],
  ['statistics of no automation', 1, '{ automations(where: { or: [] }) { nodes { runStats { count } } } }'],
  [
    'statistics of automations in two ways',
    3,
    '{ automations { nodes { runStats { count } daily: runStats(interval: DAY) { count } } } }',
  ],
  [
    'apps, the apps that they come from, and the last reloads of both',
    4,
    '{ apps(orderBy: [{ field: LAST_EVENT_AT }]) { nodes { lastReload { status } originApp { name lastReload { status } } } } }',
  ],
  [
    'automations, their last runs and the blocks of these',
    2,
    '{ automations { nodes { lastRun { runId blocks { nodes { ordinal } totalCount } } } } }',
  ],
  [
    'runs with all names of ids, of which users, spaces and connectors are read together',
    2,
    '{ automationRuns { nodes { executedByName ownerName spaceName blocks(first: 100) { nodes { connectorName } } } } }',
  ],
  [
    'apps with names of ids',
    2,
    '{ apps(orderBy: [{ field: LAST_EVENT_AT }]) { nodes { ownerName spaceName } } }',
  ],
  ['blocks with names of connectors', 2, '{ blocks { nodes { connectorName } } }'],
  ['automations with their names', 2, '{ automations { nodes { name } } }'],
  [
    'automations that are filtered by name, with it',
    1,
    '{ automations(where: { name: { isNull: true } }) { nodes { name } } }',
  ],
  [
    'statistics with names of ids',
    2,
    '{ automationRunStats(groupBy: [EXECUTOR, OWNER, SPACE]) { executedByName ownerName spaceName } }',
  ],
  [
    'statistics of blocks with names of ids',
    2,
    '{ blockStats(groupBy: [CONNECTOR, ENDPOINT]) { connectorName endpointName } }',
  ],
  ['many nodes of one type', 1, '{ nodes(ids: $IDS) { ... on AutomationRun { title } } }'],
  [
    'events and what they tell of',
    3,
    '{ events(first: 20) { nodes { raw ... on AppReloadFinishedEvent { reload { status } } } } }',
  ],
];

/**
 * What operations must not read or compute, as they do not select it; and what shows that it is
 * looked for where it would be.
 */
const UNSELECTED: [what: string, unselected: RegExp, query: string, selecting: string][] = [
  [
    'percentiles and sums of statistics',
    /percentile_cont|sum\(|avg\(|filter \(/,
    '{ automationRunStats(groupBy: [STATUS], interval: DAY) { status count bucketStart } }',
    '{ automationRunStats { duration { p50 sum avg } failureCount } }',
  ],
  [
    'other percentiles and sums than the selected ones',
    /0\.5\)|0\.99|queued_ms|tx_bytes|min\(/,
    '{ automationRunStats { rxBytes ...A } } fragment A on AutomationRunStats { duration { ... { p95 } } }',
    '{ automationRunStats { txBytes duration { min p50 p99 } queued { max } } }',
  ],
  [
    'statistics of automations',
    /percentile_cont|sum\(/,
    '{ automations { nodes { runStats { count } } } }',
    '{ automations { nodes { runStats { totalApiCalls duration { p50 } } } } }',
  ],
  [
    'how many there are',
    /count\(/,
    '{ automationRuns { nodes { runId } pageInfo { hasNextPage } } automations { nodes { runs { nodes { runId } } } } }',
    '{ automations { totalCount } }',
  ],
  [
    'names of ids and titles of newest runs',
    /names|title/,
    '{ automations { nodes { automationId lastRunAt } totalCount } automationRuns { nodes { ownerId } } automationRunStats(groupBy: [OWNER]) { ownerId } }',
    '{ automations { nodes { name } } automationRuns { nodes { ownerName } } automationRunStats(groupBy: [OWNER]) { ownerName } }',
  ],
  [
    'other columns of runs than the selected ones',
    /"(status|title|rx_bytes|blocks|metrics)"/,
    '{ automationRuns { edges { node { id occurredAt } } } }',
    '{ automationRuns { nodes { outcome } } }',
  ],
  [
    'blocks and metrics of runs',
    /"(blocks|metrics)"/,
    '{ automationRuns { edges { node { title } } } automations { nodes { runs { nodes { title } } } } }',
    '{ automationRuns { nodes { metrics { totalApiCalls } blocks { totalCount } } } }',
  ],
  [
    'what was sent',
    /"raw"/,
    '{ events { nodes { eventId warnings { code } } } }',
    '{ events { nodes { raw } } }',
  ],
  [
    'columns that a directive leaves out',
    /"(blocks|title|metrics)"/,
    `query ($no: Boolean = false) { automationRuns { nodes { runId title @include(if: $no) ... @skip(if: true) { metrics { totalApiCalls } } ...B @include(if: $no) } edges @include(if: $no) { node { blocks { totalCount } } } } }
     fragment B on AutomationRun { blocks { totalCount } }`,
    `query ($no: Boolean = false) { automationRuns { nodes { runId title @skip(if: $no) ... @include(if: true) { metrics { totalApiCalls } } } } }`,
  ],
  [
    'percentiles that a directive leaves out',
    /percentile_cont/,
    `query ($no: Boolean = false) { automationRunStats { count duration @include(if: $no) { p50 } queued { max p95 @skip(if: true) } }
      automationRunStats @include(if: $no) { duration { p99 } } }`,
    '{ automationRunStats { duration { p50 @include(if: true) } } }',
  ],
  [
    'pages of which only the number is selected',
    /"title"/,
    '{ automationRuns { totalCount } }',
    '{ automationRuns { nodes { title } } }',
  ],
];

// Both databases get the same statements, so one is enough.
describeOnOneDatabase('the number of statements', (kind) => {
  let service: CountedService;
  let client: GraphqlClient;
  let ids: string[] = [];
  beforeAll(async () => {
    service = await startCountedService(kind);
    client = service.client.as('tenant');
    const indexes = [...Array(PARENTS).keys()];
    await client.ingest(
      ...indexes.map((index) =>
        runEvent(
          'tenant',
          {
            ...{ executedById: `user-${index}`, ownerId: 'owner', spaceId: `space-${index % 3}` },
            blocks: [{ connectorId: 'connector', endpointId: `endpoint-${index}` }, {}],
          },
          { toplevelresourceid: `automation-${index}` },
        ),
      ),
      ...indexes.map((index) => {
        const attributes = {
          id: `app-${index}`,
          ownerId: 'owner',
          originAppId: `app-${(index + 1) % PARENTS}`,
        };
        return appEvent('tenant', 'app.created', { attributes });
      }),
      ...indexes.flatMap((index) => {
        const extensions = { topLevelResourceId: `app-${index}` };
        const data = { name: 'app', reloadId: `reload-${index}` };
        return [0, 1].map(() => appEvent('tenant', 'app.reload.finished', data, { extensions }));
      }),
      ...indexes.map((index) => runEvent(index % 2 ? 'tenant' : '', {}, { id: '' })),
    );
    const { automationRuns } = await client.data('{ automationRuns { nodes { id } } }');
    ids = automationRuns.nodes.map(({ id }: { id: string }) => id);
  });
  afterAll(() => service.close());

  /** Asks, and gives the answer with the statements that it took. */
  async function ask(query: string) {
    service.statements.length = 0;
    const data = await client.data(query.replace('$IDS', JSON.stringify(ids)));
    return { data, statements: [...service.statements] };
  }

  for (const [what, statements, query] of OPERATIONS) {
    test(`${what}: ${statements}`, async () => {
      const answer = await ask(query);
      expect(answer.statements).toHaveLength(statements);
      for (const list of Object.values<{ nodes?: unknown[] } | unknown[]>(answer.data)) {
        const nodes = Array.isArray(list) ? undefined : list.nodes;
        if (nodes !== undefined && !query.includes('or: []')) expect(nodes.length).toBe(PARENTS);
      }
    });
  }

  for (const [what, unselected, query, selecting] of UNSELECTED) {
    test(`not read or computed unless selected: ${what}`, async () => {
      const { statements } = await ask(query);
      expect(statements.length).toBeGreaterThan(0);
      expect(statements.filter((text) => unselected.test(text))).toEqual([]);
      // At its tenth coming a query is executed by code compiled for it.
      for (let time = 2; time < 12; time += 1) expect((await ask(query)).statements).toEqual(statements);
      const { statements: others } = await ask(selecting);
      expect(others.filter((text) => unselected.test(text)).length).toBeGreaterThan(0);
    });
  }
});

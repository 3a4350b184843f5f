import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { openFeed } from '../../src/feed/open-feed.ts';
import { openHttp } from '../../src/http/open-http.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases.ts';
import { appEvent, runEvent } from '../support/events.ts';
import { GraphqlClient } from '../support/graphql-client.ts';

const PARENTS = 20;

/** Operations, and how many statements each may take at most. */
const OPERATIONS: [what: string, statements: number, query: string][] = [
  [
    'runs with blocks and automation',
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
    'statistics with automations',
    2,
    '{ automationRunStats(groupBy: [AUTOMATION]) { count automation { name } } }',
  ],
  ['statistics with apps', 2, '{ appReloadStats(groupBy: [APP]) { count app { name } } }'],
];

describeOnEachDatabase('the number of statements', (kind) => {
  let client: GraphqlClient;
  let reads = 0;
  let close = async (): Promise<void> => undefined;
  beforeAll(async () => {
    const location = await createTestDatabase(kind);
    const database = await openDatabase(location);
    // The service reads through this one; every reading function takes one statement.
    const counted: Database = Object.create(database, {
      read: {
        value: <T>(work: Parameters<typeof database.read<T>>[0]) => {
          reads += 1;
          return database.read(work);
        },
      },
    });
    const log = pino({ level: 'silent' });
    const config = parseConfig({ PORT: '0' });
    const http = await openHttp(config.host, config.port, log);
    const feed = openFeed(database);
    const ingestQueue = openIngestQueue(database, config);
    http.serve({ ...config, database: counted, feed, ingestQueue, log });
    close = async () => {
      await http.startDraining();
      await feed[Symbol.asyncDispose]();
      await http.close();
      await ingestQueue[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await location.drop();
    };
    client = new GraphqlClient(http.url, 'tenant');
    const indexes = [...Array(PARENTS).keys()];
    await client.ingest(
      ...indexes.map((index) =>
        runEvent('tenant', { blocks: [{}, {}] }, { toplevelresourceid: `automation-${index}` }),
      ),
      ...indexes.flatMap((index) => {
        const extensions = { topLevelResourceId: `app-${index}` };
        const data = { name: 'app', reloadId: `reload-${index}` };
        return [0, 1].map(() => appEvent('tenant', 'app.reload.finished', data, { extensions }));
      }),
    );
  });
  afterAll(() => close());

  for (const [what, statements, query] of OPERATIONS) {
    test(`${what}: ${statements}`, async () => {
      const before = reads;
      const data = await client.data(query);
      expect(reads - before).toBe(statements);
      for (const { nodes } of Object.values<{ nodes?: unknown[] }>(data)) {
        if (nodes !== undefined) expect(nodes.length).toBe(PARENTS);
      }
    });
  }
});

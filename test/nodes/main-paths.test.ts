import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import {
  createEmptyPostgres,
  createTestDatabase,
  type TestDatabase,
  toSettings,
} from '../support/databases/databases.ts';
import { readExample, runEvent } from '../support/events/events.ts';
import { KeySetServer } from '../support/identity/key-set-server.ts';
import { newRsaKey, toToken } from '../support/identity/tokens.ts';
import { startCollector } from '../support/metrics/collector.ts';
import { TestFolder } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { toStartArguments } from '../support/processes/start-arguments.ts';
import { History, listDaysUntilNow } from '../support/qlik/history.ts';
import { SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import {
  deliver,
  newSpoolDirectory,
  RelayProcess,
  relayEvent,
  untilSent,
} from '../support/relay/test-relay.ts';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { dependencies } = JSON.parse(readFileSync(pathOf('package.json'), 'utf8'));
const NODES = Object.entries<string>(dependencies).map(
  ([name, spec]) => [spec.replace('npm:node@', ''), pathOf(`node_modules/${name}/bin/node`)] as const,
);

const TENANT = '00000000-0000-0000-0000-000000000000';
const EVENTS = 'subscription { eventStored { event { position } } }';
const PAGE = `query ($after: String) { automationRuns(first: 2, after: $after, orderBy: [{ field: TITLE, direction: ASC }]) {
  totalCount pageInfo { hasNextPage endCursor } nodes { title status blocks { nodes { blockName } } } } }`;
const STATS = `{ automationRunStats(interval: DAY, timeZone: "Europe/Berlin") { bucketStart count duration { p95 } } }`;

test.each(NODES)('the package of Node %s brings this version', (version, node) => {
  expect(execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()).toBe(`v${version}`);
});

describe.each(NODES)('the built service on Node %s', (_version, node) => {
  const start = [node, '--liftoff-only', ...toStartArguments()];
  const toCommand = (name: string, ...args: string[]) => [
    node,
    pathOf(`../../dist/commands/${name}.js`),
    ...args,
  ];

  describe.each(['pglite', 'postgres'] as const)('on %s', (kind) => {
    let database: TestDatabase;
    let server: ServerProcess;
    let client: GraphqlClient;
    beforeAll(async () => {
      database = kind === 'pglite' ? await createTestDatabase(kind) : await createEmptyPostgres();
      server = await new ServerProcess(toSettings(database), start).ready();
      client = server.client.as(TENANT);
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await database.drop();
    });

    test('stores events, and reads them page by page and as statistics', async () => {
      const example = readExample('automation.run.ended');
      const titles = ['one', 'Two', 'three'].map((title) => runEvent(TENANT, { title }));
      expect(await client.ingest(example, ...titles)).toMatchObject({ stored: 4, quarantined: 0 });
      const first = (await client.data(PAGE)).automationRuns;
      expect(first).toMatchObject({
        totalCount: 4,
        pageInfo: { hasNextPage: true },
        nodes: [
          { title: 'one' },
          { title: 'string', status: 'EXCEEDED_LIMIT', blocks: { nodes: [{ blockName: 'SleepBlock' }] } },
        ],
      });
      const { endCursor: after } = first.pageInfo;
      const second = (await client.data(PAGE, { after })).automationRuns;
      expect(second).toMatchObject({
        pageInfo: { hasNextPage: false },
        nodes: [{ title: 'three' }, { title: 'Two' }],
      });
      const { automationRunStats } = await client.data(STATS);
      expect(automationRunStats[0].bucketStart).toMatch(/T2[23]:00:00\.000Z$/);
    });

    test('reads compressed bodies, and sends its pages compressed', async () => {
      const body = JSON.stringify({ query: '{ __typename }' });
      for (const [encoding, bytes] of [
        ['gzip', gzipSync(body)],
        ['br', brotliCompressSync(body)],
      ] as const) {
        const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
        const response = await fetch(`${server.url}/graphql`, {
          method: 'POST',
          headers,
          body: new Uint8Array(bytes),
        });
        expect(await response.json()).toMatchObject({ data: { __typename: 'Query' } });
      }
      const page = await fetch(server.url, { headers: { accept: 'text/html', 'accept-encoding': 'br' } });
      expect(page.headers.get('content-encoding')).toBe('br');
      expect(await page.text()).toContain('<html');
    });

    test('delivers events over WebSocket and SSE, and stops in order while they are followed', async () => {
      const [socket, stream] = [client.subscribe(EVENTS), new SseSubscription(server.url, TENANT, EVENTS)];
      onTestFinished(async () => void (await Promise.all([socket.close(), stream.close()])));
      await stream.until(({ status }) => status === 200);
      await client.data('{ __typename }');
      while (socket.received.length === 0) await client.ingest(runEvent(TENANT));
      await stream.until(({ received }) => received.length > 0);
      expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
      expect(await server.stop()).toBe(0);
      expect(socket.closeCode).toBe(1001);
      expect({ ended: stream.ended, completed: stream.completed }).toEqual({ ended: true, completed: false });
      // Node writes its warnings there, such as those about features that it will remove.
      expect(server.stderr).toBe('');
    });
  });

  test('fetches the key set of tokens and sends traces; the relay and the backfill send events to it', async () => {
    const key = newRsaKey('key-1');
    const [issuer, collector] = [await KeySetServer.start(key), await startCollector()];
    const database = await createTestDatabase('postgres');
    const settings = { AUTH_JWKS_URI: issuer.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const server = await new ServerProcess({ ...toSettings(database), ...settings }, start).ready();
    onTestFinished(async () => {
      await server[Symbol.asyncDispose]();
      await Promise.all([issuer.stop(), collector.close(), database.drop()]);
    });
    const token = await toToken({ tenantId: '*' }, key);

    const relay = new RelayProcess(
      newSpoolDirectory(),
      { API_URL: server.url, INGEST_TOKEN: token },
      toCommand('relay'),
    );
    await relay.ready();
    expect((await deliver(relay.url, relayEvent('delivered'))).status).toBe(204);
    await untilSent(relay.url);
    const reader = server.client.with(token);
    expect(await reader.as('one').data('{ events { totalCount } }')).toEqual({ events: { totalCount: 1 } });
    expect(await relay.stop()).toBe(0);
    expect(relay.stderr).toBe('');

    const days = listDaysUntilNow(2);
    const history = new History({ tenantId: 'past', seed: 1, days, modelled: 20 });
    await using tenant = await SimulatedTenant.start({ history, apiKey: 'api-key' });
    using folder = new TestFolder();
    await using backfill = new ServerProcess(
      {
        QLIK_TENANT_URL: tenant.url,
        QLIK_API_KEY: 'api-key',
        API_URL: `${server.url}/graphql`,
        INGEST_TOKEN: token,
      },
      toCommand('backfill', '--state', folder.path, '--from', days[0] ?? ''),
    );
    expect(await backfill.end(60_000), backfill.stderr).toBe(0);
    expect(backfill.stderr).not.toMatch(/warning/i);
    expect(await reader.as('past').data('{ events { totalCount } }')).toEqual({ events: { totalCount: 20 } });

    expect(await server.stop()).toBe(0);
    expect(server.stderr).toBe('');
    expect(collector.requests.length).toBeGreaterThan(0);
  });

  test.each(['backfill', 'demo', 'ingest'])('%s --help is shown', async (name) => {
    await using command = new ServerProcess({}, toCommand(name, '--help'));
    expect(await command.end()).toBe(0);
    expect(command.stdout).toContain(name);
    expect(command.stderr).toBe('');
  });
});

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { listQuarantined, retryQuarantined } from '../support/events/quarantine.ts';
import { type Metrics, readMetrics } from '../support/metrics/read-metrics.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openTcpProxy } from '../support/sockets/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

const STORED = 'subscription { eventStored { cursor } }';
const ENDED = 'subscription { automationRunEnded { cursor } }';

/** Names that a client gives its operations. */
const CLIENT_NAMES = toDose({ short: 200, full: 1_000 });

/** The contract's metrics, each with a label name that a series of it has. */
const NAMES = [
  'qeg_ingest_items_total{outcome=',
  'qeg_ingest_commit_seconds_bucket{le=',
  'qeg_ingest_commit_events_bucket{le=',
  'qeg_ingest_queue_bytes',
  'qeg_subscriptions{transport=',
  'qeg_websockets',
  'qeg_deliveries_total{field=',
  'qeg_delivery_lag_seconds_bucket{le=',
  'qeg_operation_seconds_bucket{le=',
  'qeg_database_pool_connections{pool=',
  'qeg_database_up',
  'qeg_quarantined_events',
  'qeg_runs_total{outcome=',
  'process_cpu_seconds_total',
  'nodejs_eventloop_lag_seconds',
];

describeOnEachDatabase('metrics agree with what was done:', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  /** Returns what `work` changes of the series that `prefix` begins, without those unchanged. */
  const changeBy = async (prefix: string, work: () => Promise<unknown>) => {
    const before = await readMetrics(service.url);
    await work();
    return toChange(prefix, before, await readMetrics(service.url));
  };
  const one = () => service.client.as('one');

  test('every metric of the contract is there, before anything is done', async () => {
    await one().request('{ __typename }');
    const series = [...(await readMetrics(service.url)).keys()];
    for (const name of NAMES)
      expect(
        series.some((each) => each.startsWith(name)),
        name,
      ).toBe(true);
  });

  test('items by outcome, commits, and runs by the outcome of each stored event', async () => {
    const run = runEvent('one', { id: 'r1', status: 'failed' });
    const batch = [
      run,
      runEvent('one', { id: 'r1', status: 'running' }),
      runEvent('one', { status: 'finished' }),
      runEvent('one', { status: 'finished with warnings' }),
      runEvent('one', { status: undefined }),
      runEvent('one', { id: undefined }),
      appEvent('one', 'app.created', { id: 'a' }),
      { ...run, data: { id: 'r1', status: 'finished' } },
      run,
      { ...runEvent('one'), type: undefined },
      'no object',
    ];
    let receipts: Record<string, number> = {};
    const send = async () => {
      receipts = await one().ingest(...batch);
    };
    const change = await changeBy('qeg_', async () => {
      await send();
    });
    expect(receipts).toMatchObject({ stored: 7, duplicates: 1, conflicts: 1, quarantined: 1, rejected: 1 });
    expect(change).toMatchObject({
      'qeg_ingest_items_total{outcome="stored"}': 7,
      'qeg_ingest_items_total{outcome="duplicate"}': 1,
      'qeg_ingest_items_total{outcome="conflict"}': 1,
      'qeg_ingest_items_total{outcome="quarantined"}': 1,
      'qeg_ingest_items_total{outcome="rejected"}': 1,
      qeg_ingest_commit_seconds_count: 1,
      qeg_ingest_commit_events_sum: 7,
      qeg_ingest_commit_events_count: 1,
      'qeg_runs_total{outcome="failure"}': 1,
      'qeg_runs_total{outcome="pending"}': 1,
      'qeg_runs_total{outcome="success"}': 1,
      'qeg_runs_total{outcome="warning"}': 1,
      'qeg_runs_total{outcome="unknown"}': 1,
      qeg_quarantined_events: 2,
      'qeg_operation_seconds_count{operation="other",type="mutation",result="ok"}': 1,
    });
    const again = await changeBy('qeg_', send);
    expect(again).toMatchObject({
      'qeg_ingest_items_total{outcome="duplicate"}': 8,
      'qeg_ingest_items_total{outcome="conflict"}': 1,
      qeg_ingest_commit_events_count: 1,
    });
    for (const name of ['qeg_runs_total', 'qeg_quarantined_events', 'qeg_ingest_commit_events_sum']) {
      expect(Object.keys(again).filter((series) => series.startsWith(name))).toEqual([]);
    }
  });

  test('a dry run and a retry that fails count nothing; a discarded item leaves the gauge', async () => {
    const preview =
      'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events, dryRun: true }) { stored } }';
    expect(await changeBy('qeg_ingest', () => one().data(preview, { events: [runEvent('one')] }))).toEqual(
      {},
    );
    const { nodes } = await listQuarantined(one());
    expect(nodes.length).toBe(2);
    expect(
      await changeBy('qeg_ingest_items', () => retryQuarantined(one(), { ids: nodes.map(({ id }) => id) })),
    ).toEqual({});
    const discard =
      'mutation ($ids: [ID!]!) { discardQuarantinedEvents(input: { ids: $ids }) { discarded } }';
    expect(
      await changeBy('qeg_quarantined', () => one().data(discard, { ids: nodes.map(({ id }) => id) })),
    ).toEqual({ qeg_quarantined_events: -2 });
  });

  test('subscriptions and WebSockets, from the first to the last', async () => {
    const sockets = [one().subscribe(STORED), one().subscribe(STORED), one().subscribe(ENDED)];
    const streams = [new SseSubscription(service.url, 'one', STORED)];
    await until(service.url, {
      'qeg_subscriptions{transport="ws"}': 3,
      'qeg_subscriptions{transport="sse"}': 1,
      qeg_websockets: 3,
    });
    const change = await changeBy('qeg_deliver', async () => {
      await one().ingest(runEvent('one'), appEvent('one', 'app.created', { id: 'b' }));
      for (const each of [sockets[0], sockets[1], streams[0]]) {
        await each?.until(({ received }: { received: unknown[] }) => received.length === 2);
      }
      await sockets[2]?.until(({ received }) => received.length === 1);
    });
    expect(change).toMatchObject({
      'qeg_deliveries_total{field="eventStored"}': 6,
      'qeg_deliveries_total{field="automationRunEnded"}': 1,
      qeg_delivery_lag_seconds_count: 7,
      'qeg_delivery_lag_seconds_bucket{le="5"}': 7,
    });
    // What was committed before a subscription began is delivered without a lag.
    const late = one().subscribe('subscription ($after: String) { eventStored(after: $after) { cursor } }', {
      after: startAfter('one').after,
    });
    const caughtUp = await changeBy('qeg_deliver', () => late.until(({ received }) => received.length === 9));
    expect(caughtUp).toEqual({ 'qeg_deliveries_total{field="eventStored"}': 9 });
    for (const each of [...sockets, ...streams, late]) await each.close();
    await until(service.url, {
      'qeg_subscriptions{transport="ws"}': 0,
      'qeg_subscriptions{transport="sse"}': 0,
      qeg_websockets: 0,
    });
  });

  test('operations are named by their document, never by the name that a client sends', async () => {
    const document = readFileSync(
      new URL('../../schema/operations/failures.graphql', import.meta.url),
      'utf8',
    );
    const name = /query (\w+)/.exec(document)?.[1] ?? '';
    const known = `qeg_operation_seconds_count{operation="${name}",type="query",result="ok"}`;
    const other = 'qeg_operation_seconds_count{operation="other",type="query",result="ok"}';
    const count = 'qeg_operation_seconds_count';
    expect(await changeBy(count, () => one().data(document))).toEqual({ [known]: 1 });
    // Layout and comments are no part of the document.
    expect(await changeBy(count, () => one().data(`# ours\n${document.replaceAll('\n', '\n\n')}`))).toEqual({
      [known]: 1,
    });
    expect(await changeBy(count, () => one().data(`query ${name} { __typename }`))).toEqual({ [other]: 1 });
    const ofDashboard = Object.values(
      JSON.parse(readFileSync(new URL('../../dist/web/documents.json', import.meta.url), 'utf8')),
    );
    const tenants = String(ofDashboard.find((text) => String(text).includes('query Tenants')));
    expect(await changeBy(count, () => one().data(tenants))).toEqual({
      [known.replace(name, 'Tenants')]: 1,
    });
    const failing = await changeBy(count, () => one().request('{ events(after: "none") { totalCount } }'));
    expect(failing).toEqual({ [other.replace('ok', 'error')]: 1 });
    // An operation that is refused before it runs counts, too.
    const runs = 'automationRuns(first: 100) { nodes { blocks(first: 100) { nodes { ordinal } } } }';
    const tooMany = `{ ${Array.from({ length: 10 }, (_, index) => `a${index}: ${runs}`)} }`;
    const refused = await changeBy(count, async () => {
      const { errors } = await one().request(tooMany);
      expect(errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
    });
    expect(refused).toEqual({ [other.replace('ok', 'error')]: 1 });

    const before = (await readMetrics(service.url)).size;
    for (let from = 0; from < CLIENT_NAMES; from += 50) {
      const names = Array.from({ length: 50 }, (_, index) => `Name${from + index}`);
      await Promise.all(names.map((each) => one().data(`query ${each} { __typename }`)));
    }
    const metrics = await readMetrics(service.url);
    expect(metrics.size - before).toBeLessThan(30);
    expect([...metrics.keys()].filter((series) => /Name\d/.test(series))).toEqual([]);
  });

  test('no label has a tenant, an id or a payload', async () => {
    const secret = 'canary-8d2f';
    const event = runEvent(secret, { id: secret, title: secret }, { id: secret, source: secret });
    const client = service.client.as(secret);
    await client.ingest(event, { ...event, data: { id: secret, title: 'other' } }, { tenantid: secret });
    await client.request(`query ${secret.replace('-', '_')} { event(id: "${secret}") { id } }`);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).not.toMatch(/canary/);
    const labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, label]) => label));
    const allowed = ['outcome', 'le', 'transport', 'field', 'operation', 'type', 'result', 'pool', 'state'];
    const ofProcess = ['kind', 'space', 'version', 'major', 'minor', 'patch'];
    expect([...labels].filter((label) => ![...allowed, ...ofProcess].includes(label ?? ''))).toEqual([]);
  });
});

test('an outage of the database sets qeg_database_up to 0, and metrics still answer', async () => {
  const database = await createTestDatabase('postgres');
  const proxy = await openTcpProxy(database.databaseUrl ?? '');
  const service = await startTestService(
    'postgres',
    { DATABASE_URL: proxy.url },
    { ...database, databaseUrl: proxy.url },
  );
  try {
    await service.client.as('one').ingest(runEvent('one'), { tenantid: 'one' });
    await until(service.url, { qeg_database_up: 1, qeg_quarantined_events: 1 });
    const open = await readMetrics(service.url);
    expect(open.get('qeg_database_pool_connections{pool="write",state="idle"}')).toBeGreaterThan(0);
    await proxy.refuse();
    await until(service.url, { qeg_database_up: 0, qeg_quarantined_events: 1 });
    const away = await readMetrics(service.url);
    for (const state of ['active', 'idle']) {
      for (const pool of ['read', 'write']) {
        expect(away.get(`qeg_database_pool_connections{pool="${pool}",state="${state}"}`)).toBe(0);
      }
    }
    await proxy.restore();
    await until(service.url, { qeg_database_up: 1 });
  } finally {
    await service.close();
    await proxy.close();
    await database.drop();
  }
});

async function until(url: string, expected: Record<string, number>): Promise<void> {
  let metrics: Metrics = new Map();
  const holds = async () => {
    metrics = await readMetrics(url);
    return Object.entries(expected).every(([series, value]) => metrics.get(series) === value);
  };
  const describe = () =>
    Object.keys(expected)
      .map((series) => `${series} ${metrics.get(series)}`)
      .join(', ');
  await waitUntil(holds, 15_000, describe);
}

function toChange(prefix: string, before: Metrics, after: Metrics): Record<string, number> {
  const changes = [...after].map(([series, value]): [string, number] => [
    series,
    value - (before.get(series) ?? 0),
  ]);
  return Object.fromEntries(changes.filter(([series, change]) => series.startsWith(prefix) && change !== 0));
}

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTracing } from '../../src/tracing/open-tracing.ts';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { type Collector, type Span, startCollector } from '../support/metrics/collector.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const SERVER = 2;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const SECRET = 'canary-6c1f';

describeOnEachDatabase('traces by OTEL_* variables', (kind) => {
  let collector: Collector;
  let server: ServerProcess;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    collector = await startCollector();
    const database = await createTestDatabase(kind);
    drop = () => database.drop();
    server = await ServerProcess.start(database, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_SERVICE_NAME: 'events-of-tests',
    });
  });
  afterAll(async () => {
    await server.stop();
    await collector.close();
    await drop();
  });

  const one = () => server.client.as('one');
  const find = async (isWanted: (span: Span) => boolean): Promise<Span> => {
    let found: Span | undefined;
    const isThere = () => {
      found = collector.spans.find(isWanted);
      return found !== undefined;
    };
    await waitUntil(isThere, 10_000, () => collector.spans.map(({ name }) => name).join());
    return found ?? (await find(isWanted));
  };
  const toAttributes = ({ attributes }: Span) =>
    Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

  test('a query is a server span, whose statements are its children and have no values', async () => {
    const query = `query Named($id: ID) { automationRuns(where: { runId: { eq: $id } }) { nodes { title } } }`;
    await one().data(query, { id: SECRET });
    const span = await find(({ name }) => name === 'query Named');
    expect([span.kind, span.parentSpanId ?? '']).toEqual([SERVER, '']);
    expect(toAttributes(span)).toEqual({
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'Named',
    });
    const statement = await find(({ parentSpanId }) => parentSpanId === span.spanId);
    expect(statement.traceId).toBe(span.traceId);
    expect(statement.name).toBe('SELECT');
    expect(toAttributes(statement)['db.query.text']).toMatch(/automation_runs/);
    expect([...collector.services]).toEqual(['events-of-tests']);
  });

  test('a query that fails has the status of an error, also if it is refused before it runs', async () => {
    await one().request('query Failing { events(after: "x") { totalCount } }');
    expect((await find(({ name }) => name === 'query Failing')).status.code).toBe(2);
    const { errors } = await one().request(
      'query Deep { automations(first: 100) { nodes { runs(first: 100) { nodes { blocks(first: 100) { nodes { type } } } } } } }',
    );
    expect(errors?.[0].extensions.code).toBe('QUERY_TOO_COMPLEX');
    expect((await find(({ name }) => name === 'query Deep')).status.code).toBe(2);
  });

  test('a request continues the trace of its traceparent', async () => {
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${TRACE}-${PARENT}-01` },
      body: JSON.stringify({ query: 'query Continued { __typename }' }),
    });
    const span = await find(({ name }) => name === 'query Continued');
    expect([span.traceId, span.parentSpanId]).toEqual([TRACE, PARENT]);
  });

  test('a commit is a trace of its own with a link to each request in it', async () => {
    const ingest = (name: string) =>
      one().data(
        `mutation ${name}($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }`,
        {
          events: [runEvent('one', { title: SECRET })],
        },
      );
    await Promise.all([ingest('First'), ingest('Second'), ingest('Third')]);
    const operations: Span[] = [];
    for (const name of ['First', 'Second', 'Third']) {
      operations.push(await find((span) => span.name === `mutation ${name}`));
    }
    const links: string[] = [];
    for (const { spanId, traceId } of operations) {
      const commit = await find(
        (span) => span.name === 'commit' && span.links.some((link) => link.spanId === spanId),
      );
      expect(commit.traceId).not.toBe(traceId);
      expect(commit.parentSpanId ?? '').toBe('');
      const insert = await find(
        (span) =>
          span.parentSpanId === commit.spanId &&
          toAttributes(span)['db.query.text']?.startsWith('insert into "events"') === true,
      );
      expect(insert.traceId).toBe(commit.traceId);
      links.push(spanId);
    }
    expect(new Set(links).size).toBe(3);
  });

  test('an event keeps its traceparent; its delivery is one span in its trace, not one per subscriber', async () => {
    const trace = 'a'.repeat(32);
    const traceparent = `00-${trace}-${PARENT}-01`;
    const query = 'subscription { eventStored { event { raw } } }';
    const subscribers = [one().subscribe(query), one().subscribe(query), one().subscribe(query)];
    await one().data('{ automationRuns { totalCount } }');
    await waitUntil(async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return text.includes('qeg_subscriptions{transport="ws"} 3');
    });
    await one().ingest(runEvent('one', {}, { traceparent }));
    for (const each of subscribers) {
      await each.until(({ received }) => received.length === 1);
      expect(each.received[0].errors).toBeUndefined();
      expect(each.received[0].eventStored.event.raw.traceparent).toBe(traceparent);
    }
    const span = await find(({ traceId }) => traceId === trace);
    expect([span.name, span.parentSpanId]).toEqual(['deliver', PARENT]);
    expect(span.links).toMatchObject([{ traceId: trace, spanId: PARENT }]);
    for (const each of subscribers) await each.close();
    await one().data('query After { __typename }');
    await find(({ name }) => name === 'query After');
    expect(collector.spans.filter(({ traceId }) => traceId === trace).length).toBe(1);
  });

  test('no span has a variable, a value or a payload', () => {
    expect(collector.text).not.toContain('canary');
    expect(collector.requests[0]).toBe('/v1/traces application/json');
  });
});

describe('without an endpoint', () => {
  const log = pino({ level: 'silent' });

  test.each([
    ['no OTEL_* variable is set', {}],
    ['only others are', { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }],
    ['OTEL_SDK_DISABLED is true', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_SDK_DISABLED: 'true' }],
    [
      'OTEL_TRACES_EXPORTER is none',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_TRACES_EXPORTER: 'none' },
    ],
  ])('nothing is exported if %s', async (_title, environment) => {
    expect(await openTracing(environment, log)).toBeUndefined();
  });

  test('a protocol that is not served is reported', async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    await expect(openTracing(environment, log)).rejects.toThrow(/OTEL_EXPORTER_OTLP_PROTOCOL/);
  });
});

test('without a protocol, spans are sent as protobuf, the last ones at the stop', async () => {
  const collector = await startCollector();
  const database = await createTestDatabase('postgres');
  const server = await ServerProcess.start(database, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  await server.client.as('one').request('query Last { __typename }');
  expect(await server.stop()).toBe(0);
  expect(collector.requests).toEqual(['/v1/traces application/x-protobuf']);
  expect(collector.text).toContain('query Last');
  await collector.close();
  await database.drop();
});

test('a collector that is away delays nothing, and the log says so', async () => {
  const database = await createTestDatabase('postgres');
  const server = await ServerProcess.start(database, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_BSP_SCHEDULE_DELAY: '10',
    OTEL_EXPORTER_OTLP_TIMEOUT: '200',
  });
  await server.client.as('one').data('{ __typename }');
  await waitUntil(() => server.stdout.includes('exporting traces failed'));
  expect(await server.stop()).toBe(0);
  await database.drop();
});

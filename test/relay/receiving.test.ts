import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readExample } from '../support/events/events.ts';
import { startRecordingService } from '../support/relay/recording-service.ts';
import {
  CANARY,
  deliver,
  readMetric,
  relayEvent,
  sign,
  startTestRelay,
  untilSent,
  WEBHOOK_SECRET,
} from '../support/relay/test-relay.ts';
import { sendRaw } from '../support/sockets/raw-http.ts';

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const big = 'x'.repeat(1_048_576);

/** What is sent, and its answer. Everything is signed unless the headers say otherwise. */
const ANSWERS: [name: string, status: number, body: unknown, headers?: Record<string, string | undefined>][] =
  [
    ['an event', 204, relayEvent('a')],
    ['a list of events', 204, [relayEvent('b'), relayEvent('c')]],
    ['an empty list', 204, []],
    ['an event with a byte order mark', 204, `\u{feff}${JSON.stringify(relayEvent('d'))}`],
    ['an object that is no event, which the service may quarantine', 204, {}],
    [
      'application/json with a charset',
      204,
      relayEvent('e'),
      { 'content-type': 'application/json; charset=utf-8' },
    ],
    ['identity as Content-Encoding', 204, relayEvent('e'), { 'content-encoding': 'identity' }],
    ['a structured CloudEvent', 204, relayEvent('f'), { 'content-type': 'application/cloudevents+json' }],
    [
      'a batch',
      204,
      [relayEvent('g')],
      { 'content-type': 'Application/CloudEvents-Batch+JSON; charset="UTF-8"' },
    ],
    ['null', 400, null],
    ['a number', 400, '42'],
    ['a text', 400, '"event"'],
    ['a list with a number', 400, [relayEvent('never'), 42]],
    ['a list in a list', 400, [[relayEvent('never')]]],
    ['an empty body', 400, ''],
    ['half a JSON text', 400, '{"id":'],
    ['two JSON texts', 400, '{} {}'],
    ['a list of what nests too deep to be printed', 400, `[{"a":${deep(100_000)}}]`],
    ['text', 415, relayEvent('never'), { 'content-type': 'text/plain' }],
    ['a form', 415, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['UTF-16', 415, relayEvent('never'), { 'content-type': 'application/json; charset=utf-16' }],
    ['CloudEvents as Avro', 415, relayEvent('never'), { 'content-type': 'application/cloudevents+avro' }],
    ['a compressed body', 415, gzipSync(JSON.stringify(relayEvent('never'))), { 'content-encoding': 'gzip' }],
    ['an event that is too large', 413, relayEvent('never', { big })],
    ['a list with an event that is too large', 413, [relayEvent('never'), relayEvent('never', { big })]],
    [
      'an event with much space, which does not count',
      204,
      JSON.stringify(relayEvent('h')) + ' '.repeat(1_048_576),
    ],
    ['a delivery that is too large', 413, ' '.repeat(16_777_217)],
    ['no signature', 401, relayEvent('never'), { 'qlik-signature': undefined }],
    ['an empty signature', 401, relayEvent('never'), { 'qlik-signature': '' }],
    ['a signature by another secret', 401, '{}', { 'qlik-signature': sign('{}', 'other') }],
    ['a signature of another body', 401, '{}', { 'qlik-signature': sign('{ }') }],
    ['a signature with something before it', 401, '{}', { 'qlik-signature': `sha256=${sign('{}')}` }],
    ['half a signature', 401, '{}', { 'qlik-signature': sign('{}').slice(32) }],
    ['a signature with more behind it', 401, '{}', { 'qlik-signature': `${sign('{}')}00` }],
    ['a signature that is not hex', 401, '{}', { 'qlik-signature': 'z'.repeat(64) }],
    ['a signature in capitals', 204, '{"id":"i"}', { 'qlik-signature': sign('{"id":"i"}').toUpperCase() }],
    ['no JSON with a wrong signature', 401, '{"id":', { 'qlik-signature': sign('{}') }],
  ];

test('each delivery has its answer, and exactly what was answered with 204 is sent to the service, in order', async () => {
  const service = await startRecordingService();
  const relay = await startTestRelay({ API_URL: service.url });
  const expected: number[] = [];
  for (const [name, status, body, headers = {}] of ANSWERS) {
    const answer = await deliver(relay.url, body, headers);
    expect(answer.status, name).toBe(status);
    expect(await answer.text(), name).not.toContain(CANARY);
    expected.push(status);
  }
  await untilSent(relay.url);
  expect(service.events.map(({ id }) => id).join(' ')).toBe('a b c d  e e f g h i');
  const count = (statuses: number[]) => expected.filter((status) => statuses.includes(status)).length;
  const read = (outcome: string) => readMetric(relay.url, `qeg_relay_deliveries_total{outcome="${outcome}"}`);
  expect(await read('accepted')).toBe(count([204]));
  expect(await read('unauthorized')).toBe(count([401]));
  expect(await read('malformed')).toBe(count([400, 413, 415]));
  expect(await readMetric(relay.url, 'qeg_relay_events_total{outcome="stored"}')).toBe(service.events.length);
});

test("the four envelopes arrive as they were sent: Qlik's examples, byte for byte in one request each", async () => {
  const service = await startRecordingService();
  const relay = await startTestRelay({ API_URL: service.url });
  const run = readExample('automation.run.ended');
  const app = readExample('app.created');
  const audit = { id: 'item', eventId: 'e', eventType: 'com.qlik.v1.app.created', tenantId: 'one', data: {} };
  const events = [run, app, { ...run, ...app }, audit];
  for (const event of events) expect((await deliver(relay.url, event)).status).toBe(204);
  await untilSent(relay.url);
  expect(service.events).toEqual(events);
});

test('in binary mode the headers are the attributes, decoded once, and the body is the data', async () => {
  const service = await startRecordingService();
  const relay = await startTestRelay({ API_URL: service.url });
  const attributes = {
    'ce-specversion': '1.0',
    'ce-id': 'Euro%20%e2%82%ac%20%F0%9F%98%80',
    'ce-source': '"quoted \\"source\\""',
    'ce-type': 'com.qlik.v1.automation.run.ended',
    'ce-tenantid': 'one%2520two',
    'ce-title': '100% of %41%zz',
    'ce-data': 'not this',
    'ce-datacontenttype': 'text/plain',
  };
  const answers: [number, unknown, Record<string, string | undefined>][] = [
    [204, { title: CANARY }, {}],
    [204, '', {}],
    [204, '[1, 2]', { 'content-type': 'application/vnd.qlik+json' }],
    [400, '{', {}],
    [400, '{}', { 'ce-id': '%C0%A0' }],
    [415, 'text', { 'content-type': 'text/plain' }],
    [401, '{}', { 'qlik-signature': sign('{ }') }],
    [413, { big }, {}],
    // The headers do not matter where the body is a whole event.
    [204, relayEvent('structured'), { 'content-type': 'application/cloudevents+json' }],
  ];
  for (const [status, body, headers] of answers) {
    expect((await deliver(relay.url, body, { ...attributes, ...headers })).status).toBe(status);
  }
  await untilSent(relay.url);
  const event = {
    specversion: '1.0',
    id: 'Euro € 😀',
    source: 'quoted "source"',
    type: 'com.qlik.v1.automation.run.ended',
    tenantid: 'one%20two',
    title: '100% of A%zz',
    datacontenttype: 'application/json',
  };
  expect(service.events).toEqual([
    { ...event, data: { title: CANARY } },
    event,
    { ...event, datacontenttype: 'application/vnd.qlik+json', data: [1, 2] },
    expect.objectContaining({ id: 'structured' }),
  ]);
});

test('a delivery signed with any of several secrets is accepted, and empty entries are ignored', async () => {
  const relay = await startTestRelay({ QLIK_WEBHOOK_SECRETS: `,old,, ${WEBHOOK_SECRET} ,` });
  const status = async (secret: string) =>
    (await deliver(relay.url, '[]', { 'qlik-signature': sign('[]', secret) })).status;
  expect(await status('old')).toBe(204);
  expect(await status(WEBHOOK_SECRET)).toBe(204);
  expect(await status('')).toBe(401);
  expect(await status('new')).toBe(401);
  const two = `${sign('[]', 'old')}, ${sign('[]', 'old')}`;
  expect((await deliver(relay.url, '[]', { 'qlik-signature': two })).status).toBe(401);
});

test('without secrets the relay accepts unsigned deliveries, but not under a name of the network', async () => {
  const relay = await startTestRelay({ QLIK_WEBHOOK_SECRETS: undefined, RELAY_UNSIGNED: 'true' });
  const port = new URL(relay.url).port;
  const post = (host: string) =>
    sendRaw(
      relay.url,
      `POST /webhooks/qlik HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]`,
    );
  expect((await post(`localhost:${port}`)).status).toBe(204);
  expect((await post(`127.0.0.1:${port}`)).status).toBe(204);
  expect((await post('rebound.example')).status).toBe(401);
  expect((await deliver(relay.url, '[]')).status, 'a signature that nothing can have made').toBe(401);
});

test('other paths and methods are refused, and health and metrics answer', async () => {
  const relay = await startTestRelay();
  const status = async (path: string, method = 'GET') =>
    (await fetch(`${relay.url}${path}`, { method })).status;
  expect(await status('/health/live')).toBe(200);
  expect(await status('/health/ready')).toBe(200);
  expect(await status('/webhooks/qlik')).toBe(405);
  expect(await status('/webhooks/qlik', 'PUT')).toBe(405);
  expect(await status('/webhooks', 'POST')).toBe(404);
  expect(await status('/')).toBe(404);
  const metrics = await (await fetch(`${relay.url}/metrics`)).text();
  for (const name of [
    'deliveries_total',
    'events_total',
    'spool_bytes',
    'spool_oldest_seconds',
    'rejected_total',
  ]) {
    expect(metrics).toContain(`# HELP qeg_relay_${name} `);
  }
});

test('what is no HTTP, a body that never ends and a client that leaves cost nothing but their connection', async () => {
  const relay = await startTestRelay();
  expect((await sendRaw(relay.url, 'no HTTP\r\n\r\n')).status).toBe(400);
  const head = `POST /webhooks/qlik HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nQlik-Signature: ${sign('[]')}\r\n`;
  // The client closes its side after half a body.
  expect((await sendRaw(relay.url, `${head}Content-Length: 100\r\n\r\n[`, 200)).status).toBe(0);
  const chunk = `${(1_048_576).toString(16)}\r\n${' '.repeat(1_048_576)}\r\n`;
  const chunks = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}`;
  expect((await sendRaw(relay.url, chunks, 2_000)).status).toBe(413);
  expect((await deliver(relay.url, '[]')).status).toBe(204);
});

test('many large deliveries at once are refused beyond a budget of memory, and small ones are not', async () => {
  const relay = await startTestRelay();
  const head = (bytes: number) =>
    `POST /webhooks/qlik HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nQlik-Signature: ${sign('[]')}\r\nContent-Length: ${bytes}\r\n\r\n`;
  const held = Array.from({ length: 4 }, () => sendRaw(relay.url, head(16_777_216), 1_500));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const answer = await sendRaw(relay.url, head(16_777_216), 500);
  expect(answer.status).toBe(503);
  expect(answer.text.toLowerCase()).toContain('retry-after: ');
  expect((await deliver(relay.url, '[]')).status).toBe(204);
  await Promise.all(held);
  // What they held is free again.
  expect((await sendRaw(relay.url, head(16_777_216), 500)).status).toBe(0);
});

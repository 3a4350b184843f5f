import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readExample, runEvent } from '../support/events/events.ts';
import { startIngest, TestFolder } from '../support/processes/command-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';

/** A delivery record as Qlik's API returns it, around the body that the webhook sent. */
const toRecord = (body: unknown) => ({
  id: '66d5e8f2a1b2c3d4e5f60718',
  webhookId: '66d5e8f2a1b2c3d4e5f60719',
  eventType: 'com.qlik.v1.automation.run.ended',
  status: 'success',
  triggeredAt: '2026-01-01T00:00:00Z',
  triggeredManually: false,
  request: { url: 'https://example.com/hook', headers: { 'content-type': 'application/json' }, body },
  response: { body: '{"data":[]}', statusCode: 204, headers: {} },
});

describe('npm run ingest of webhook delivery records', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  const rawOf = async (tenantId: string) => {
    const { events } = await service.client
      .as(tenantId)
      .data('{ events(first: 100, orderBy: [{ field: POSITION, direction: ASC }]) { nodes { raw } } }');
    return events.nodes.map(({ raw }: { raw: unknown }) => raw);
  };

  test.each([
    ['lines', (records: unknown[]) => records.map((record) => JSON.stringify(record)).join('\n')],
    ['a list', (records: unknown[]) => JSON.stringify(records, null, 2)],
    ['a page', (records: unknown[]) => JSON.stringify({ data: records, links: { next: {} } })],
    ['pages', (records: unknown[]) => records.map((record) => JSON.stringify({ data: [record] })).join('\n')],
    [
      'documents over several lines',
      (records: unknown[]) => records.map((record) => JSON.stringify(record, null, 1)).join(''),
    ],
  ])('as %s, sends the event in each body and the events between them', async (layout, toText) => {
    const tenantId = `records in ${layout}`;
    const events = Array.from({ length: 4 }, () => runEvent(tenantId));
    const [asObject, asText, plain, last] = events;
    await using command = startIngest(service.url, ['-', '--in-flight', '1'], {
      input: toText([
        toRecord(asObject),
        toRecord(JSON.stringify(asText, null, 2)),
        plain,
        toRecord(`\u{feff} ${JSON.stringify(last)}\n`),
      ]),
    });
    expect(await command.result()).toMatchObject({ status: 0, stderr: '' });
    expect(await rawOf(tenantId)).toEqual(events);
  });

  test('sends the bytes of a body as they are: numbers, duplicate keys, escapes and space', async () => {
    const proxy = await openHttpProxy(service.url);
    proxy.answersItself = true;
    const event = String.raw`{ "id":"a","data":{"n":12345678901234567890.10,"z":-0,"e":1E400,"a":1,"a":2,"t":"\u0041\ud83d\ude00😀\"]}\\/"} ,"id":"b"}`;
    const lines = [
      `{"webhookId":"w","request":{"body":${event}}}`,
      `{"webhookId":"w","request":{"body":${JSON.stringify(event)},"url":"x"}}`,
      // JSON.parse takes the last of several members of one name, however it is spelled.
      `{"request":[{"body":{}}],"webhookId":"w","request" : { "body":{"first":true}, "\\u0062ody" :${event}} }`,
    ];
    await using command = startIngest(proxy.url, ['-'], { input: lines.join('\n') });
    expect((await command.result()).status).toBe(0);
    expect(proxy.bodies).toHaveLength(1);
    expect(proxy.bodies[0]).toContain(`"variables":{"events":[${[event, event, event].join(',')}]}`);
    await proxy.close();
  });

  test('reports each record without an event, with its line, and sends the rest', async () => {
    using folder = new TestFolder();
    const event = runEvent('unreadable');
    const { request: _, ...withoutRequest } = toRecord(event);
    const bodies = [undefined, null, '', 'oops', '[]', 'null', '"{}"', [event], 12, true, '{"a":"\ud800"}'];
    const records = [
      ...bodies.map(toRecord),
      withoutRequest,
      { ...toRecord(event), request: JSON.stringify({ body: event }) },
    ];
    const text = [...records, toRecord(event)].map((record) => JSON.stringify(record)).join('\n\n');
    const file = folder.write('records.ndjson', text);
    const report = `${folder.path}/report.ndjson`;
    await using command = startIngest(service.url, [file, '--report', report, '--problems', '2']);
    const { status, stdout, stderr } = await command.result();
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^STORED +1\n[\s\S]*REJECTED +13\n/)]);
    expect(stderr.split('\n')).toEqual([
      `${file}:1: item 1: REJECTED DELIVERY_RECORD: This webhook delivery record has no request.body.`,
      `${file}:3: item 2: REJECTED DELIVERY_RECORD: This webhook delivery record has no request.body.`,
      'and 11 more',
      '',
    ]);
    const reported = readFileSync(report, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      reported.map(({ line, item, outcome, code, eventId }) => [line, item, outcome, code, eventId]),
    ).toEqual(
      records.map((_record, index) => [2 * index + 1, index + 1, 'REJECTED', 'DELIVERY_RECORD', null]),
    );
    expect(reported[3].message).toMatch(/^The request\.body of this webhook delivery record is not JSON: /);
    expect(reported[4].message).toBe(
      'The request.body of this webhook delivery record is not a JSON object.',
    );
    expect(await rawOf('unreadable')).toEqual([event]);
    expect(readdirSync(folder.path).sort()).toEqual(['records.ndjson', 'report.ndjson']);
  });

  test('reports a record that nests too deeply to be read, and sends the rest', async () => {
    const event = runEvent('deep');
    const deep = `{"webhookId":"w","request":{"body":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`;
    await using command = startIngest(service.url, ['-'], { input: `${deep}\n${JSON.stringify(event)}` });
    const { status, stderr } = await command.result();
    expect([status, stderr]).toEqual([
      1,
      'standard input:1: item 1: REJECTED DELIVERY_RECORD: The request.body of this webhook delivery record is not JSON: it nests too deeply.\n',
    ]);
    expect(await rawOf('deep')).toEqual([event]);
  });

  test('an event with a member webhookId is an event', async () => {
    const example = readExample('app.created');
    const events = [
      runEvent('lookalike', {}, { webhookId: 'w', request: { body: {} } }),
      { ...example, tenantId: 'lookalike', webhookId: 'w', status: 'x' },
      runEvent('lookalike', { webhookId: 'w', request: { body: {} } }),
    ];
    await using command = startIngest(service.url, ['-', '--in-flight', '1'], {
      input: JSON.stringify(events),
    });
    expect(await command.result()).toMatchObject({ status: 0, stderr: '' });
    expect((await rawOf('lookalike')).length).toBe(3);
  });
});

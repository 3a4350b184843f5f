import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVERYTHING } from '../../support/clients/selections.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { appEvent, EXAMPLES, readExample, runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { toDose } from '../../support/run/dose.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values at the edges of what readers expect, beside whatever JSON can hold. */
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue({ maxDepth: 3, noUnicodeString: false }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json[]>(
    '',
    '\u0000',
    '\ud800',
    '\udc00x',
    'x'.repeat(300),
    '\uffff'.repeat(256),
    -1,
    0.5,
    1e21,
    2 ** 53,
    2 ** 63,
    -(2 ** 31),
    '9007199254740993',
    'NaN',
    'infinity',
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00+23:59',
    '9999-12-31T23:59:59.999999999-23:59',
    '2026-02-30T00:00:00Z',
    '2026-06-30T23:59:60Z',
    '2026-01-01',
    'now',
    [null],
    [[]],
    [{}],
    { '': { '': null } },
    JSON.parse(
      '{"__proto__": {"id": "x"}, "constructor": {"prototype": 1}, "toString": 1, "hasOwnProperty": 1}',
    ),
  ),
);

/** Every place of a JSON value, as a path of keys. */
function listPaths(json: Json, path: string[] = []): string[][] {
  if (typeof json !== 'object' || json === null) return [path];
  return [path, ...Object.entries(json).flatMap(([key, child]) => listPaths(child, [...path, key]))];
}

/** A copy with another value at one place. */
function replaceAt(json: Json, [key, ...rest]: string[], replacement: Json): Json {
  if (key === undefined) return replacement;
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json))
    return json.map((item, index) => (String(index) === key ? replaceAt(item, rest, replacement) : item));
  return {
    ...json,
    [key]: replaceAt(json[key] ?? null, rest, replacement),
  };
}

const mutation = fc.constantFrom(...EXAMPLES).chain((name) => {
  const example: Json = readExample(name);
  const change = fc.record({ path: fc.constantFrom(...listPaths(example)), replacement: value });
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce<Json>((event, { path, replacement }) => replaceAt(event, path, replacement), example),
    );
});

describeOnEachDatabase('hostile events', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const ingest = (events: unknown[]) =>
    service.client.request(
      `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored duplicates conflicts quarantined
         rejected receipts { index outcome tenantId event { position raw warnings { code } } errors { code } } } }`,
      { events },
    );

  /** Every item has its answer, and all that was stored can be read, whole. */
  async function expectAnswers(events: unknown[]): Promise<void> {
    const { status, data, errors } = await ingest(events);
    expect({ status, errors }).toEqual({ status: 200, errors: undefined });
    const { receipts, ...counts } = data.ingestEvents;
    expect(receipts.map(({ index }: { index: number }) => index)).toEqual(events.map((_, index) => index));
    expect(Object.values(counts as Record<string, number>).reduce((a, b) => a + b)).toBe(events.length);
    const tenants = new Set(
      receipts.flatMap((receipt: { event: unknown; tenantId: string }) =>
        receipt.event ? [receipt.tenantId] : [],
      ),
    );
    for (const tenantId of tenants) {
      // A tenant's id may hold characters that no header can carry; such a one is looked at through
      // the receipts alone.
      if (!/^[\x21-\x7e]+$/.test(String(tenantId))) continue;
      const read = await service.client.as(String(tenantId)).request(EVERYTHING);
      expect({ status: read.status, errors: read.errors }).toEqual({ status: 200, errors: undefined });
    }
  }

  test('any JSON values are answered one by one', async () => {
    const items = fc.array(
      value.filter((item) => item !== null),
      { minLength: 1, maxLength: 20 },
    );
    await fc.assert(fc.asyncProperty(items, expectAnswers), { numRuns: toDose({ short: 5, full: 15 }) });
  });

  test('an example with any members replaced is answered, and what is stored of it can be read', async () => {
    const items = fc.array(
      mutation.filter((item) => item !== null),
      { minLength: 1, maxLength: 10 },
    );
    await fc.assert(fc.asyncProperty(items, expectAnswers), { numRuns: toDose({ short: 8, full: 25 }) });
  });

  test('lists of anything where lists are documented can be read', async () => {
    const tenantId = newTenant();
    const list = [null, 1, 'x', [null], { a: null }];
    const size = { file: list, memory: list };
    await expectAnswers([
      appEvent(tenantId, 'app.reload.finished', { errors: list, warnings: list, statements: list, size }),
      appEvent(tenantId, 'app.created', { attributes: { id: 'app-1', name: list, more: list } }),
      runEvent(tenantId, {
        blocks: [...list, { type: list, params: list }],
        metrics: { blocks: list, network: list },
      }),
    ]);
  });

  test('ids of 256 characters of three bytes fit into every index', async () => {
    const wide = '\u4e00'.repeat(256);
    const { stored } = await service.client.ingest(
      runEvent(
        wide,
        { id: wide, title: wide, automation: { id: wide, name: wide.repeat(20) }, ownerId: wide },
        { id: wide, source: wide, toplevelresourceid: wide },
      ),
      appEvent(
        wide,
        'app.created',
        { attributes: { id: wide, name: wide.repeat(20), originAppId: wide } },
        { source: wide },
      ),
      appEvent(
        wide,
        'app.reload.finished',
        { name: wide.repeat(20), reloadId: wide },
        { extensions: { topLevelResourceId: wide } },
      ),
    );
    expect(stored).toBe(3);
    const { apps } = await service.client
      .as(Buffer.from(wide).toString('latin1'))
      .data('{ apps { nodes { appId } } }');
    expect(apps.nodes).toEqual([{ appId: wide }]);
  });

  test('user-defined attributes may have any names', async () => {
    const tenantId = newTenant();
    const attributes = JSON.parse(
      '{"id": "app-1", "__proto__": {"a": 1}, "constructor": 2, "\\u0000": 3, "\\ud800": 4, "": 5}',
    );
    await service.client.ingest(
      appEvent(tenantId, 'app.created', { attributes }),
      appEvent(tenantId, 'app.published', { attributes: { id: 'app-1', toString: 6 } }),
    );
    const { app } = await service.client.as(tenantId).data('{ app(appId: "app-1") { extraAttributes } }');
    expect(Object.entries(app.extraAttributes).sort()).toEqual(
      [...Object.entries(attributes).filter(([key]) => key !== 'id'), ['toString', 6]].sort(),
    );
  });

  test('a body nested a million levels deep is answered', async () => {
    const depth = 1_000_000;
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const query =
      'mutation ($e: [JSON!]!) { ingestEvents(input: { events: $e }) { receipts { errors { code } } } }';
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query": ${JSON.stringify(query)}, "variables": {"e": [${deep}, {"data": ${deep}}]}}`,
    });
    const { data } = (await response.json()) as { data: unknown };
    const errors = (code: string) => ({ errors: [{ code }] });
    expect(data).toEqual({ ingestEvents: { receipts: [errors('NOT_AN_OBJECT'), errors('TOO_DEEP')] } });
  });

  test('of events with hundreds of thousands of empty blocks the first 1,000 are read, with a warning', async () => {
    const tenantId = newTenant();
    const count = toDose({ short: 3, full: 15 });
    const events = Array.from({ length: count }, () =>
      runEvent(tenantId, { blocks: Array(340_000).fill({}) }),
    );
    const { stored, receipts } = await service.client.ingest(...events);
    expect(stored).toBe(count);
    expect(receipts[count - 1].warnings).toMatchObject([{ code: 'UNREADABLE_VALUE', path: '/data/blocks' }]);
    const page = '{ totalCount nodes { ordinal } }';
    const { automationRuns, blocks } = await service.client
      .as(tenantId)
      .data(`{ automationRuns { nodes { blocks(last: 1) ${page} } } blocks(last: 1) ${page} }`);
    const nodes = [{ ordinal: 999 }];
    expect(blocks).toEqual({ totalCount: count * 1_000, nodes });
    expect(automationRuns.nodes[0].blocks).toEqual({ totalCount: 1_000, nodes });
  });

  test('nothing of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { EVERYTHING } from '../../support/clients/selections.ts';
import { describeOnEveryDatabase } from '../../support/databases/databases.ts';
import { EXAMPLES, readExampleOf, runEvent } from '../../support/events/events.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const VIEWER = '{ viewer { tenantId subject scopes } }';

describeOnEveryDatabase('tenants of an open server', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  // The tests follow one another: first there is no tenant, then one, then several.
  test('without events and without x-tenant-id, the tenant has to be named', async () => {
    const { data, errors } = await service.client.request(VIEWER);
    expect({ data, code: errors?.[0].extensions.code }).toEqual({ data: null, code: 'TENANT_REQUIRED' });
    expect(errors?.[0].message).toContain('x-tenant-id');
  });

  test('a tenant without events can be named, and everything in it is empty', async () => {
    const data = await service.client.as('nobody').data(EVERYTHING);
    expect(data.eventLog).toMatchObject({ headPosition: 0, oldestPosition: null });
    const names = [
      'events',
      'automationRuns',
      'automations',
      'blocks',
      'apps',
      'appReloads',
      'quarantinedEvents',
    ];
    for (const name of names) {
      expect(data[name]).toEqual({ totalCount: 0, nodes: [] });
    }
  });

  test('the only tenant that has events needs no name', async () => {
    await service.client.ingest(runEvent('one'), 'no event', {});
    expect(await service.client.data(VIEWER)).toEqual({
      viewer: { tenantId: 'one', subject: null, scopes: ['events:read', 'events:ingest', 'events:admin'] },
    });
    expect((await service.client.as('').data(VIEWER)).viewer.tenantId).toBe('one');
    expect((await service.client.as('other').data(VIEWER)).viewer.tenantId).toBe('other');
  });

  test('with several tenants every reading field says that one has to be named', async () => {
    await service.client.ingest(runEvent('other'));
    const fields = [
      'viewer { tenantId }',
      'eventLog { headPosition }',
      'events { totalCount }',
      'automationRuns { totalCount }',
      'automations { totalCount }',
      'blocks { totalCount }',
      'quarantinedEvents { totalCount }',
      'apps { totalCount }',
      'appReloads { totalCount }',
      'node(id: "x") { id }',
      'nodes(ids: []) { id }',
      'app(appId: "x") { name }',
      'automation(automationId: "x") { name }',
      'automationRun(runId: "x") { title }',
      'event(source: "x", eventId: "x") { position }',
    ];
    for (const field of fields) {
      const { errors } = await service.client.request(`{ ${field} }`);
      expect(
        errors?.map(({ extensions }) => extensions.code),
        field,
      ).toEqual(['TENANT_REQUIRED']);
    }
  });

  test('TENANT_REQUIRED names the tenants that have events: the first ten, and how many more', async () => {
    const { errors } = await service.client.request(VIEWER);
    expect(errors?.[0].message).toMatch(/: name the tenant .*\. They are "one", "other"\.$/);
    const many = Array.from({ length: 13 }, (_, index) => `many-${String(index).padStart(2, '0')}`);
    const other = await startTestService(kind);
    await other.client.ingest(...many.map((tenantId) => runEvent(tenantId)));
    const refused = await other.client.request(VIEWER);
    await other.close();
    const named = many.slice(0, 10).map((tenantId) => `"${tenantId}"`);
    expect(refused.errors?.[0].message).toContain(`They are ${named.join(', ')} and 3 more.`);
  }, 90_000);

  test('ingesting needs no tenant but that of each event, and x-tenant-id neither limits nor fills in', async () => {
    const { receipts } = await service.client.as('one').ingest(runEvent('third'), runEvent(''));
    expect(receipts).toMatchObject([
      { outcome: 'STORED', tenantId: 'third', position: 1 },
      { outcome: 'QUARANTINED', tenantId: null, errors: [{ code: 'MISSING_TENANT' }] },
    ]);
  });

  test("a tenant reads nothing of another one's", async () => {
    const secret = 'only-in-one';
    for (const name of EXAMPLES) {
      const text = JSON.stringify(readExampleOf('one', name));
      await service.client.ingest(
        JSON.parse(text.replaceAll('My app', secret).replaceAll('"string"', `"${secret}"`)),
      );
    }
    const lookups = `{ app(appId: "id123") { name } automationRun(runId: "d452d100-9b0b-11ec-b199-8323e1031c3e") { title }
      automation(automationId: "00000000-0000-0000-0000-000000000000") { name }
      event(source: "com.qlik/engine", eventId: "id123") { raw } }`;
    expect(JSON.stringify(await service.client.as('one').data(EVERYTHING))).toContain(secret);
    for (const tenantId of ['other', 'third', 'nobody', 'ONE', ' one x', 'on']) {
      const client = service.client.as(tenantId);
      expect(JSON.stringify(await client.data(EVERYTHING))).not.toContain(secret);
      expect(await client.data(lookups)).toEqual({
        app: null,
        automationRun: null,
        automation: null,
        event: null,
      });
    }
  });

  test('the name of a tenant may hold any characters, sent as UTF-8', async () => {
    const tenantId = 'Bücher-本-\u{1f600}';
    await service.client.ingest(runEvent(tenantId));
    const header = Buffer.from(tenantId).toString('latin1');
    const { viewer, eventLog } = await service.client
      .as(header)
      .data('{ viewer { tenantId } eventLog { headPosition } }');
    expect([viewer.tenantId, eventLog.headPosition]).toEqual([tenantId, 1]);
  });

  test('a name that no tenant can have is refused', async () => {
    const { errors } = await service.client.as('x'.repeat(257)).request(VIEWER);
    expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
    for (const tenantId of ['\u0000', 'a\u0000b', '\ud800', 'x'.repeat(10_000)]) {
      const { errors: overSocket } = await requestOverWebSocket(tenantId, '{ eventLog { headPosition } }');
      expect(overSocket?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    }
  });

  test('nothing of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });

  async function requestOverWebSocket(tenantId: string, query: string) {
    const client = createClient({
      url: `${service.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { tenantId },
    });
    try {
      for await (const result of client.iterate({ query })) return result;
      throw new Error('There is no answer.');
    } finally {
      await client.dispose();
    }
  }
});

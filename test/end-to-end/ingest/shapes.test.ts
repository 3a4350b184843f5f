import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const RECEIPTS = `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { receipts {
  outcome errors { code path } warnings { code path } event { __typename type typeName envelope specVersion
    ... on AutomationRunEndedEvent { run { runId } } ... on AppReloadFinishedEvent { app { appId spaceId } } } } } }`;

describeOnEachDatabase('an event in a shape of its own', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  async function ingestOne(tenantId: string, event: unknown) {
    const data = await service.client.as(tenantId).data(RECEIPTS, { events: [event] });
    return data.ingestEvents.receipts[0];
  }

  test('of an announced type name makes its run', async () => {
    const tenantId = newTenant();
    const type = 'com.qlik.workflows.automation.run.ended';
    expect(await ingestOne(tenantId, runEvent(tenantId, { id: 'run-1' }, { type }))).toMatchObject({
      outcome: 'STORED',
      event: { type: 'AUTOMATION_RUN_ENDED', typeName: type, run: { runId: 'run-1' } },
    });
  });

  test('of a name that only looks alike is stored beside the modelled one, and makes nothing', async () => {
    const tenantId = newTenant();
    const names = ['com.qlik.v1', 'com.qlik.v2', 'com.qlik.analytics.v1'].map(
      (prefix) => `${prefix}.app.created`,
    );
    const sent = [...names, 'app.created'].map((eventType) =>
      appEvent(tenantId, 'app.created', { id: 'app-1' }, { eventType, eventId: 'one id' }),
    );
    const receipts = [];
    for (const event of sent) receipts.push(await ingestOne(tenantId, event));
    expect(receipts.map(({ outcome, event }) => [outcome, event.type])).toEqual([
      ['STORED', 'APP_CREATED'],
      ['STORED', 'OTHER'],
      ['STORED', 'OTHER'],
      ['STORED', 'OTHER'],
    ]);
  });

  test('under the old name of a reload tells of its app', async () => {
    const tenantId = newTenant();
    const eventType = 'com.qlik.app.reload.ended';
    const data = { id: 'app-1', spaceId: 'space-1', reloadId: 'reload-1', statements: ['LOAD *;'] };
    expect(await ingestOne(tenantId, appEvent(tenantId, '', data, { eventType }))).toMatchObject({
      outcome: 'STORED',
      warnings: [],
      event: { type: 'APP_RELOAD_FINISHED', app: { appId: 'app-1', spaceId: 'space-1' } },
    });
  });

  test.each([[null], [''], [undefined]])('with the specversion %j is a CloudEvent', async (specversion) => {
    const tenantId = newTenant();
    expect(await ingestOne(tenantId, runEvent(tenantId, { id: 'run-1' }, { specversion }))).toMatchObject({
      outcome: 'STORED',
      event: { envelope: 'CLOUDEVENTS_1_0', specVersion: null, run: { runId: 'run-1' } },
    });
  });

  test('with an encoded payload is read', async () => {
    const tenantId = newTenant();
    const text = JSON.stringify({ id: 'run-1' });
    const encoded = { data: undefined, data_base64: Buffer.from(text).toString('base64') };
    for (const members of [{ data: text }, encoded]) {
      const receipt = await ingestOne(tenantId, runEvent(tenantId, {}, members));
      expect(receipt).toMatchObject({ outcome: 'STORED', warnings: [], event: { run: { runId: 'run-1' } } });
    }
  });

  test('without a readable payload is stored with a warning', async () => {
    const tenantId = newTenant();
    const inner = runEvent(tenantId);
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const cases: [unknown, string][] = [
      [undefined, 'MISSING_DATA'],
      [null, 'MISSING_DATA'],
      ['text', 'MISSING_DATA'],
      [`{"id":"run-1","deep":${deep}}`, 'MISSING_DATA'],
      [{ data: { id: 'run-1' } }, 'MISSING_DATA'],
      [inner, 'UNREADABLE_VALUE'],
      [JSON.stringify(inner), 'UNREADABLE_VALUE'],
    ];
    for (const [data, code] of cases) {
      expect(await ingestOne(tenantId, runEvent(tenantId, {}, { data }))).toMatchObject({
        outcome: 'STORED',
        warnings: [{ code, path: '/data' }],
        event: { type: 'AUTOMATION_RUN_ENDED', run: null },
      });
    }
    const { automationRuns } = await service.client.as(tenantId).data('{ automationRuns { totalCount } }');
    expect(automationRuns.totalCount).toBe(0);
  });

  test("that is a webhook's delivery record is quarantined as one", async () => {
    const tenantId = newTenant();
    const record = {
      id: 'delivery-1',
      webhookId: 'webhook-1',
      eventType: 'com.qlik.v1.automation.run.ended',
      status: 'success',
      triggeredAt: '2026-01-01T00:00:00Z',
      request: { body: JSON.stringify(runEvent(tenantId)) },
      response: { statusCode: 200 },
      tenantId,
    };
    const errors = [{ code: 'DELIVERY_RECORD', path: '/request/body' }];
    expect(await ingestOne(tenantId, record)).toMatchObject({ outcome: 'QUARANTINED', errors });
    const query = '{ quarantinedEvents { nodes { problems { code path } raw } } }';
    const { quarantinedEvents } = await service.client.as(tenantId).data(query);
    expect(quarantinedEvents.nodes).toContainEqual({ problems: errors, raw: record });
  });
});

describeOnEachDatabase('the DateTime of a filter', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  test.each(['2026-11-01T10:00Z', '2026-11-01', '2026-11-01T10:00:00Z[UTC]', '2026-11-01T10:00:00'])(
    'is not %s, which an event may carry',
    async (gte) => {
      const query = 'query ($gte: DateTime!) { events(where: { time: { gte: $gte } }) { totalCount } }';
      const { errors } = await service.client.as(newTenant()).request(query, { gte });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    },
  );
});

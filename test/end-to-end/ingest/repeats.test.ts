import { afterAll, beforeAll, expect, test } from 'vitest';
import { APP_FIELDS, EVENT_FIELDS, EVERYTHING } from '../../support/clients/selections.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { takeTurns } from '../../support/databases/take-turns.ts';
import { ENVELOPES, type EventParts } from '../../support/events/envelopes.ts';
import { EXAMPLES, readExample, runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const KINDS = Object.keys(ENVELOPES) as (keyof typeof ENVELOPES)[];

describeOnEachDatabase('an event that is sent again', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const appCreated = (tenantId: string): EventParts => ({
    id: 'event-1',
    source: 'com.qlik/engine',
    type: 'app.created',
    time: '2026-01-01T00:00:00Z',
    tenantId,
    userId: 'user-1',
    ownerId: 'owner-1',
    spaceId: 'space-1',
    resourceId: 'app-1',
    data: { attributes: { id: 'app-1', name: 'Sales' } },
  });

  test('each example is a duplicate the second time, with its first position', async () => {
    const first = await service.client.ingest(...EXAMPLES.map(readExample));
    expect(first.stored).toBe(EXAMPLES.length);
    const again = await service.client.ingest(...EXAMPLES.map(readExample));
    expect(again).toMatchObject({
      stored: 0,
      duplicates: EXAMPLES.length,
      conflicts: 0,
      quarantined: 0,
      rejected: 0,
    });
    const positions = (payload: typeof first) =>
      payload.receipts.map((receipt: { position: number }) => receipt.position);
    expect(positions(again)).toEqual(positions(first));
    for (const receipt of again.receipts) expect(receipt).toMatchObject({ outcome: 'DUPLICATE', errors: [] });
  });

  test('a duplicate changes nothing that can be read', async () => {
    const tenantId = newTenant();
    const events = [
      runEvent(tenantId, { blocks: [{ type: 'baseBlock' }] }),
      ENVELOPES.LEGACY_0_1(appCreated(tenantId)),
    ];
    await service.client.ingest(...events);
    const before = await service.client.as(tenantId).data(EVERYTHING);
    await service.client.ingest(...events);
    expect(await service.client.as(tenantId).data(EVERYTHING)).toEqual(before);
  });

  test('the order of keys does not make it another event', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId, { title: 'a', blocks: [{ type: 'baseBlock', rxBytes: 1 }] });
    const reversed = Object.fromEntries(Object.entries(event).reverse());
    const { receipts } = await service.client.ingest(event, reversed);
    expect(receipts).toMatchObject([
      { outcome: 'STORED', position: 1 },
      { outcome: 'DUPLICATE', position: 1, errors: [] },
    ]);
  });

  for (const [place, stored] of KINDS.entries()) {
    for (const repeated of takeTurns(kind, KINDS, place)) {
      test(`stored as ${stored}, it is a duplicate as ${repeated}`, async () => {
        const parts = appCreated(newTenant());
        await service.client.ingest(runEvent(parts.tenantId));
        const { receipts } = await service.client.ingest(
          ENVELOPES[stored](parts),
          ENVELOPES[repeated](parts),
        );
        const same = { eventId: 'event-1', tenantId: parts.tenantId, position: 2, errors: [], warnings: [] };
        expect(receipts).toEqual([
          { index: 0, outcome: 'STORED', ...same },
          { index: 1, outcome: 'DUPLICATE', ...same },
        ]);
        const { events } = await service.client
          .as(parts.tenantId)
          .data('{ events { totalCount nodes { envelope } } }');
        expect(events).toEqual({
          totalCount: 2,
          nodes: [{ envelope: stored }, { envelope: 'CLOUDEVENTS_1_0' }],
        });
      });
    }
  }

  for (const envelope of KINDS) {
    test(`as ${envelope} it says the same`, async () => {
      const parts = appCreated(newTenant());
      await service.client.ingest(ENVELOPES[envelope](parts));
      const { app, event } = await service.client.as(parts.tenantId).data(
        `{ app(appId: "app-1") { ${APP_FIELDS} }
           event(source: "com.qlik/engine", eventId: "event-1") { ${EVENT_FIELDS} } }`,
      );
      expect(app).toMatchObject({ name: 'Sales', ownerId: 'owner-1', spaceId: 'space-1', isDeleted: false });
      expect(event).toMatchObject({
        envelope,
        specVersion: { LEGACY_0_1: '0.1', CLOUDEVENTS_1_0: '1.0', HYBRID: '1.0', AUDIT: null }[envelope],
        type: 'APP_CREATED',
        time: '2026-01-01T00:00:00.000Z',
        userId: 'user-1',
        ownerId: 'owner-1',
        spaceId: 'space-1',
        topLevelResourceId: 'app-1',
      });
    });
  }

  test('another tenant, source, type or id makes it another event', async () => {
    const parts = appCreated(newTenant());
    const others = [
      { ...parts, tenantId: newTenant() },
      { ...parts, source: 'com.qlik/other' },
      { ...parts, type: 'app.exported' },
      { ...parts, id: 'event-2' },
    ];
    const payload = await service.client.ingest(...[parts, ...others].map(ENVELOPES.LEGACY_0_1));
    expect(payload).toMatchObject({ stored: 5, duplicates: 0, conflicts: 0 });
  });

  test('the namespace and version of the type do not', async () => {
    const tenantId = newTenant();
    const names = [
      'com.qlik.v1.app.created',
      'com.qlik.app.created',
      'com.qlik.analytics.app.created',
      'com.qlik.v1.analytics.app.created',
    ];
    const event = ENVELOPES.LEGACY_0_1(appCreated(tenantId));
    const outcomes = [];
    for (const eventType of names) {
      const { receipts } = await service.client.ingest({ ...event, eventType });
      outcomes.push(receipts[0].position);
    }
    expect(outcomes).toEqual([1, 1, 1, 1]);
  });
});

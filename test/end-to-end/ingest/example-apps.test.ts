import { afterAll, beforeAll, expect, test } from 'vitest';
import { APP_FIELDS, EVENT_FIELDS, RELOAD_FIELDS } from '../../support/clients/selections.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { EXAMPLES, type Example, readExample } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const EVENT_TIME = '2018-10-30T07:06:22.000Z';
const MOMENT = '2018-10-30T07:06:22.123Z';

/** What an app is like of which nothing but an event is known. */
const BARE = {
  appId: 'id123',
  name: 'My app',
  description: null,
  owner: null,
  ownerId: null,
  spaceId: null,
  dynamicColor: null,
  published: null,
  isPublished: false,
  publishTime: null,
  hasSectionAccess: null,
  originAppId: null,
  originApp: null,
  createdDate: null,
  modifiedDate: null,
  lastReloadTime: null,
  lastExportedAt: null,
  size: null,
  extraAttributes: null,
  isDeleted: false,
  deletedAt: null,
  lastEventAt: EVENT_TIME,
  lastReload: null,
};

/**
 * What the app is like after each example alone, the envelope's own fields, and the names of the
 * event's type.
 */
const EXPECTED = {
  'app.created': {
    type: 'APP_CREATED',
    typeName: 'AppCreatedEvent',
    envelope: { ownerId: 'id123', spaceId: 'id123', topLevelResourceId: null },
    app: {
      ...BARE,
      description: 'My app with data',
      owner: 'Owner',
      ownerId: 'id123',
      spaceId: 'id123',
      dynamicColor: 'Color',
      published: true,
      isPublished: true,
      publishTime: MOMENT,
      hasSectionAccess: false,
      originAppId: 'id123',
      originApp: { appId: 'id123' },
      createdDate: MOMENT,
      modifiedDate: MOMENT,
      lastReloadTime: MOMENT,
    },
  },
  'app.data.updated': {
    type: 'APP_DATA_UPDATED',
    typeName: 'AppDataUpdatedEvent',
    envelope: { ownerId: null, spaceId: 'id123', topLevelResourceId: 'id123' },
    app: { ...BARE, spaceId: 'id123', lastReloadTime: EVENT_TIME, size: { fileBytes: 0, memoryBytes: 3000 } },
  },
  'app.deleted': {
    type: 'APP_DELETED',
    typeName: 'AppDeletedEvent',
    envelope: { ownerId: null, spaceId: 'id123', topLevelResourceId: null },
    app: { ...BARE, spaceId: 'id123', isDeleted: true, deletedAt: EVENT_TIME },
  },
  'app.exported': {
    type: 'APP_EXPORTED',
    typeName: 'AppExportedEvent',
    envelope: { ownerId: 'id123', spaceId: null, topLevelResourceId: null },
    app: { ...BARE, owner: 'Owner', ownerId: 'id123', lastExportedAt: EVENT_TIME },
  },
  'app.published': {
    type: 'APP_PUBLISHED',
    typeName: 'AppPublishedEvent',
    envelope: { ownerId: null, spaceId: 'id123', topLevelResourceId: null },
    app: {
      ...BARE,
      owner: 'Owner',
      spaceId: 'id123',
      isPublished: true,
      publishTime: EVENT_TIME,
      originAppId: 'id123',
      originApp: { appId: 'id123' },
    },
  },
  'app.reload.finished': {
    type: 'APP_RELOAD_FINISHED',
    typeName: 'AppReloadFinishedEvent',
    envelope: { ownerId: null, spaceId: null, topLevelResourceId: 'id123' },
    app: {
      ...BARE,
      lastReloadTime: EVENT_TIME,
      size: { fileBytes: null, memoryBytes: 3000 },
      lastReload: { reloadId: 'id1234' },
    },
  },
};
type AppExample = keyof typeof EXPECTED;
const APP_EXAMPLES = Object.keys(EXPECTED) as AppExample[];

describeOnEachDatabase('the example events of apps', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  /** An example alone in a tenant of its own. */
  async function ingestAlone(name: Example) {
    const tenantId = newTenant();
    const example = readExample(name);
    example.extensions.tenantId = tenantId;
    const { receipts } = await service.client.ingest(example);
    expect(receipts).toEqual([
      { index: 0, outcome: 'STORED', eventId: 'id123', tenantId, position: 1, errors: [], warnings: [] },
    ]);
    return { tenantId, example, client: service.client.as(tenantId) };
  }

  for (const name of APP_EXAMPLES) {
    test(`${name}: every value is read into its field`, async () => {
      const { tenantId, example, client } = await ingestAlone(name);
      const expected = EXPECTED[name];
      const { event, app } = await client.data(
        `{ event(source: "com.qlik/engine", eventId: "id123") { ${EVENT_FIELDS}
             ... on ${expected.typeName} { app { appId } } }
           app(appId: "id123") { ${APP_FIELDS} originApp { appId } lastReload { reloadId } } }`,
      );
      expect(event).toEqual({
        __typename: expected.typeName,
        eventId: 'id123',
        source: 'com.qlik/engine',
        type: expected.type,
        typeName: `com.qlik.v1.${name}`,
        envelope: 'LEGACY_0_1',
        specVersion: '0.1',
        time: EVENT_TIME,
        receivedAt: expect.any(String),
        tenantId,
        userId: 'id123',
        ...expected.envelope,
        position: 1,
        cursor: expect.any(String),
        warnings: [],
        raw: example,
        app: { appId: 'id123' },
      });
      expect(app).toEqual(expected.app);
    });
  }

  test('app.reload.finished: every value of the reload is read into its field', async () => {
    const { client } = await ingestAlone('app.reload.finished');
    const { appReloads, event } = await client.data(
      `{ appReloads { totalCount nodes { ${RELOAD_FIELDS} app { appId } event { position } } }
         event(source: "com.qlik/engine", eventId: "id123") {
           ... on AppReloadFinishedEvent { reload { reloadId } } } }`,
    );
    expect(appReloads.totalCount).toBe(1);
    expect(appReloads.nodes[0]).toEqual({
      reloadId: 'id1234',
      appId: 'id123',
      appName: 'My app',
      status: 'SUCCEEDED',
      statusName: 'ok',
      endTime: EVENT_TIME,
      occurredAt: EVENT_TIME,
      duration: 425,
      durationMs: 425_000,
      peakMemoryBytes: 42,
      memoryBytes: 3000,
      errors: [],
      warnings: [],
      statements: [],
      app: { appId: 'id123' },
      event: { position: 1 },
    });
    expect(event).toEqual({ reload: { reloadId: 'id1234' } });
  });

  test('all seven examples, pasted as they are into one batch, are stored', async () => {
    const payload = await service.client.ingest(...EXAMPLES.map(readExample));
    expect(payload).toMatchObject({ stored: 7, duplicates: 0, conflicts: 0, quarantined: 0, rejected: 0 });
    const tenants = payload.receipts.map((receipt: { tenantId: string }) => receipt.tenantId);
    expect(tenants).toEqual([...Array(6).fill('id123'), '00000000-0000-0000-0000-000000000000']);
    const { events } = await service.client.as('id123').data('{ events { nodes { type } } }');
    const types = events.nodes.map(({ type }: { type: string }) => type);
    expect(types.reverse()).toEqual(APP_EXAMPLES.map((name) => EXPECTED[name].type));
  });
});

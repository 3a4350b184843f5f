import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachTransport, subscribeOver } from '../support/clients/transports.ts';
import { appEvent, readExample, runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const START = 'query { eventLog { startCursor headCursor } }';

describeOnEachTransport('a subscription delivers what it says', (kind, transport) => {
  let service: TestService;
  let tenants = 0;

  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  /** A tenant of a test's own, and a subscription to all that it gets. */
  const follow = async (query: string) => {
    tenants += 1;
    const tenantId = `${transport}-${tenants}`;
    const client = service.client.as(tenantId);
    const { startCursor } = (await client.data(START)).eventLog;
    return { tenantId, client, live: subscribeOver(transport, client, query, { after: startCursor }) };
  };

  test('eventStored brings every event, of any type, in the order stored', async () => {
    const { tenantId, client, live } = await follow(
      `subscription ($after: String) { eventStored(after: $after) {
        cursor event { __typename position eventId type typeName } } }`,
    );
    const run = runEvent(tenantId);
    const app = appEvent(tenantId, 'app.created', { id: 'app-1' });
    const other = runEvent(tenantId, {}, { type: 'com.qlik.v1.space.created' });
    await client.ingest(run, app, other);
    await live.until(({ received }) => received.length === 3);
    await live.close();
    expect(live.received.map(({ eventStored }) => eventStored.event)).toMatchObject([
      { position: 1, eventId: run.id, type: 'AUTOMATION_RUN_ENDED' },
      { position: 2, eventId: app.eventId, type: 'APP_CREATED' },
      { position: 3, eventId: other.id, type: 'OTHER', typeName: 'com.qlik.v1.space.created' },
    ]);
    const { headCursor } = (await client.data(START)).eventLog;
    expect(live.received.at(-1).eventStored.cursor).toBe(headCursor);
  });

  test('automationRunEnded brings the run as it is at delivery, and is silent about events that name no run', async () => {
    const query = `subscription ($after: String) { automationRunEnded(after: $after) {
      cursor event { eventId position } run { runId status title } } }`;
    const { tenantId, client, live } = await follow(query);
    const { startCursor } = (await client.data(START)).eventLog;
    await client.ingest(
      runEvent(tenantId, { id: undefined }),
      runEvent(tenantId, { id: 'run-a', status: 'running' }, { time: '2026-01-01T00:00:00Z' }),
      appEvent(tenantId, 'app.created', { id: 'app-1' }),
    );
    await live.until(({ received }) => received.length === 1);
    await client.ingest(
      runEvent(
        tenantId,
        { id: 'run-a', status: 'failed', title: 'Nightly' },
        { time: '2026-01-01T00:01:00Z' },
      ),
    );
    await live.until(({ received }) => received.length === 2);
    await live.close();
    const [first, second] = live.received.map(({ automationRunEnded }) => automationRunEnded);
    expect(first).toMatchObject({ event: { position: 2 }, run: { runId: 'run-a', status: 'RUNNING' } });
    expect(second).toMatchObject({
      event: { position: 4 },
      run: { runId: 'run-a', status: 'FAILED', title: 'Nightly' },
    });

    const late = subscribeOver(transport, client, query, { after: startCursor });
    await late.until(({ received }) => received.length === 2);
    await late.close();
    const states = late.received.map(({ automationRunEnded }) => automationRunEnded.run.status);
    expect(states, 'delivered later, the same events show the newer state').toEqual(['FAILED', 'FAILED']);
  });

  test('appChanged brings the app for every event about an app, reloads included', async () => {
    const { tenantId, client, live } = await follow(
      `subscription ($after: String) { appChanged(after: $after) {
        cursor event { __typename type } app { appId name isDeleted } } }`,
    );
    const reload = readExample('app.reload.finished');
    reload.extensions.tenantId = tenantId;
    await client.ingest(reload);
    await live.until(({ received }) => received.length === 1);
    const { appId } = live.received[0].appChanged.app;
    await client.ingest(
      runEvent(tenantId),
      appEvent(tenantId, 'app.deleted', { id: appId }, { eventTime: '2030-01-01T00:00:00Z' }),
    );
    await live.until(({ received }) => received.length === 2);
    await live.close();
    expect(live.received.map(({ appChanged }) => appChanged)).toMatchObject([
      { event: { type: 'APP_RELOAD_FINISHED' }, app: { appId, isDeleted: false } },
      { event: { type: 'APP_DELETED' }, app: { appId, isDeleted: true } },
    ]);
  });

  test('appReloadFinished brings the reload with its app, and nothing else', async () => {
    const { tenantId, client, live } = await follow(
      `subscription ($after: String) { appReloadFinished(after: $after) {
        cursor event { type eventId } reload { status app { appId } } app { appId name } } }`,
    );
    const reload = readExample('app.reload.finished');
    reload.extensions.tenantId = tenantId;
    await client.ingest(appEvent(tenantId, 'app.created', { id: 'app-1' }), runEvent(tenantId), reload);
    await live.until(({ received }) => received.length === 1);
    await live.close();
    const [{ appReloadFinished }] = live.received;
    expect(appReloadFinished.event).toMatchObject({ type: 'APP_RELOAD_FINISHED', eventId: reload.eventId });
    expect(appReloadFinished.app.appId).not.toBeNull();
    expect(appReloadFinished.reload.app).toEqual({ appId: appReloadFinished.app.appId });
  });
});

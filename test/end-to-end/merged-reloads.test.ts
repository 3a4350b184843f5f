import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RELOAD_FIELDS } from '../support/clients/selections.ts';
import { subscribeOver } from '../support/clients/transports.ts';
import { describeOnEveryDatabase } from '../support/databases/databases.ts';
import { appEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

type Json = Record<string, unknown>;

const RELOAD = {
  id: 'app-1',
  reloadId: 'reload-1',
  endTime: '2026-01-01T00:00:05Z',
  status: 'error',
  name: 'Sales',
};
const READ = `{
  appReloads { totalCount nodes { id ${RELOAD_FIELDS} event { eventId } } }
  appReloadStats(where: { status: { eq: FAILED } }) { count failedCount }
  app(appId: "app-1") { lastReload { reloadId } reloads { totalCount } } }`;

/** The event under its old name, in the envelope of that time: its duration is in seconds. */
const legacy = (tenantId: string, data: Json = {}, envelope: Json = {}) =>
  appEvent(tenantId, 'app.reload.finished', { ...RELOAD, duration: 5, ...data }, envelope);
/** The same under its new name and another id: its duration is in milliseconds. */
const renamed = (tenantId: string, data: Json = {}, envelope: Json = {}) => ({
  specversion: '1.0',
  id: `renamed-${envelope.time ?? ''}`,
  source: 'com.qlik/engine',
  type: 'com.qlik.analytics.app.reload.finished',
  time: '2026-01-01T00:00:06Z',
  tenantid: tenantId,
  data: { ...RELOAD, duration: 5000, ...data },
  ...envelope,
});

describeOnEveryDatabase('one reload that several events tell of', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  async function read(...batches: ((tenantId: string) => object[])[]) {
    const tenantId = newTenant();
    for (const toEvents of batches) await service.client.ingest(...toEvents(tenantId));
    return service.client.as(tenantId).data(READ);
  }

  test('is one reload, counted once, whichever came first', async () => {
    const first = await read(
      (id) => [legacy(id, { peakMemoryBytes: 7 }, { eventId: 'legacy' })],
      (id) => [renamed(id)],
    );
    expect(first.appReloads).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          reloadId: 'reload-1',
          status: 'FAILED',
          duration: 5000,
          durationMs: 5000,
          peakMemoryBytes: 7,
          event: { eventId: 'renamed-' },
        },
      ],
    });
    expect(first.appReloadStats).toEqual([{ count: 1, failedCount: 1 }]);
    expect(first.app).toEqual({ lastReload: { reloadId: 'reload-1' }, reloads: { totalCount: 1 } });
    const second = await read(
      (id) => [renamed(id)],
      (id) => [legacy(id, { peakMemoryBytes: 7 }, { eventId: 'legacy' })],
    );
    const together = await read((id) => [
      renamed(id),
      legacy(id, { peakMemoryBytes: 7 }, { eventId: 'legacy' }),
    ]);
    // Global ids name their tenant.
    const withoutId = ({ appReloads }: typeof first) => ({ ...appReloads.nodes[0], id: undefined });
    expect(withoutId(second)).toEqual(withoutId(first));
    expect(withoutId(together)).toEqual(withoutId(first));
  });

  test('is named by one global id, whatever told of it, and by each of its events', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    await service.client.ingest(legacy(tenantId));
    const before = await client.data(READ);
    await service.client.ingest(renamed(tenantId));
    const after = await client.data(READ);
    const [{ id }] = after.appReloads.nodes;
    expect(before.appReloads.nodes[0].id).toBe(id);
    const { node, events } = await client.data(
      `query ($id: ID!) { node(id: $id) { ... on AppReload { reloadId } }
         events { nodes { ... on AppReloadFinishedEvent { reload { id } } } } }`,
      { id },
    );
    expect(node).toEqual({ reloadId: 'reload-1' });
    expect(events.nodes).toEqual([{ reload: { id } }, { reload: { id } }]);
  });

  describe.each<[string, Json, Json]>([
    ['another endTime', {}, { endTime: '2026-01-01T00:00:06Z' }],
    ['another reloadId', {}, { reloadId: 'reload-2' }],
    ['another app', {}, { id: 'app-2' }],
    ['no reloadId', { reloadId: undefined }, { reloadId: '' }],
    ['no endTime', { endTime: undefined }, { endTime: null }],
    ['an endTime that is none', { endTime: '0001-01-01T00:00:00Z' }, { endTime: '0001-01-01T00:00:00Z' }],
  ])('with %s', (_what, first, second) => {
    test('they are two', async () => {
      const { appReloads, appReloadStats } = await read((id) => [legacy(id, first), renamed(id, second)]);
      expect(appReloads.totalCount).toBe(2);
      expect(appReloadStats).toEqual([{ count: 2, failedCount: 2 }]);
    });
  });

  test('says per field what the newest event says that says something', async () => {
    const { appReloads } = await read(
      (id) => [renamed(id, { status: 'ok', errors: [], name: '' }, { time: '2026-01-01T00:00:09Z' })],
      (id) => [legacy(id, { errors: ['x'], warnings: ['y'], name: 'Old' })],
      (id) => [renamed(id, { warnings: ['z'], duration: null }, { time: '2026-01-01T00:00:07Z' })],
    );
    expect(appReloads.nodes).toMatchObject([
      { status: 'SUCCEEDED', errors: ['x'], warnings: ['z'], appName: 'Sales', duration: 5000 },
    ]);
  });

  test('is delivered with each of its events, as all of them tell it', async () => {
    const tenantId = newTenant();
    await service.client.ingest(
      legacy(tenantId, { peakMemoryBytes: 7 }),
      renamed(tenantId, { status: 'ok' }),
    );
    const live = subscribeOver(
      'WebSocket',
      service.client.as(tenantId),
      `subscription ($after: String) { appReloadFinished(after: $after, where: { status: { eq: SUCCEEDED } }) {
         event { position } reload { status peakMemoryBytes } } }`,
      startAfter(tenantId),
    );
    await live.until(({ received }) => received.length === 2);
    await live.close();
    const reload = { status: 'SUCCEEDED', peakMemoryBytes: 7 };
    expect(live.received).toEqual(
      [1, 2].map((position) => ({ appReloadFinished: { event: { position }, reload } })),
    );
  });
});

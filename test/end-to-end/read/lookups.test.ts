import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { EXAMPLES, readExample, runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

describeOnEachDatabase('looking one thing up', (kind) => {
  let service: TestService;
  let apps: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    apps = service.client.as('id123');
    await service.client.ingest(...EXAMPLES.map(readExample));
  });
  afterAll(() => service.close());

  test('an event is found by source and id; of several types the one stored first', async () => {
    const { event } = await apps.data(
      '{ event(source: "com.qlik/engine", eventId: "id123") { type position } }',
    );
    expect(event).toEqual({ type: 'APP_CREATED', position: 1 });
  });

  test('an event is found by its type too', async () => {
    const query =
      'query ($type: EventType) { event(source: "com.qlik/engine", eventId: "id123", type: $type) { type position } }';
    const types = [
      'APP_CREATED',
      'APP_DATA_UPDATED',
      'APP_DELETED',
      'APP_EXPORTED',
      'APP_PUBLISHED',
      'APP_RELOAD_FINISHED',
    ];
    for (const [index, type] of types.entries()) {
      const { event } = await apps.data(query, { type });
      expect(event).toEqual({ type, position: index + 1 });
    }
    for (const type of ['AUTOMATION_RUN_ENDED', 'OTHER']) {
      expect(await apps.data(query, { type })).toEqual({ event: null });
    }
    expect(await apps.data(query, { type: null })).toEqual({ event: { type: 'APP_CREATED', position: 1 } });
  });

  test('softdeleted and harddeleted are deletions of their own, unknown types are OTHER', async () => {
    const tenantId = newTenant();
    const names = [
      'com.qlik.app.deleted',
      'com.qlik.app.softdeleted',
      'com.qlik.app.harddeleted',
      'com.qlik.app.opened',
      'com.qlik.v1.reload.finished',
    ];
    const events = names.map((type) => runEvent(tenantId, { id: 'app-1' }, { id: 'same', type }));
    expect(await service.client.ingest(...events)).toMatchObject({ stored: 5, conflicts: 0 });
    const { events: listed, event } = await service.client.as(tenantId).data(
      `{ events { nodes { type typeName } }
         event(source: "com.qlik/automations", eventId: "same", type: OTHER) { typeName } }`,
    );
    const types = listed.nodes.map((node: { type: string }) => node.type).reverse();
    expect(types).toEqual(['APP_DELETED', 'APP_DELETED', 'APP_DELETED', 'OTHER', 'OTHER']);
    expect(event.typeName).toBe('com.qlik.app.opened');
  });

  test('what does not exist is null', async () => {
    const data = await apps.data(
      `{ event(source: "com.qlik/engine", eventId: "none") { position } app(appId: "none") { name }
         automation(automationId: "none") { name } automationRun(runId: "none") { title } }`,
    );
    expect(data).toEqual({ event: null, app: null, automation: null, automationRun: null });
  });

  test('a deleted app is found, but not listed unless asked for', async () => {
    const tenantId = newTenant();
    const deleted = readExample('app.deleted');
    deleted.extensions.tenantId = tenantId;
    await service.client.ingest(deleted);
    const nodes = '{ totalCount nodes { appId } }';
    const data = await service.client
      .as(tenantId)
      .data(
        `{ app(appId: "id123") { isDeleted deletedAt } apps ${nodes} with: apps(includeDeleted: true) ${nodes} }`,
      );
    expect(data).toEqual({
      app: { isDeleted: true, deletedAt: '2018-10-30T07:06:22.000Z' },
      apps: { totalCount: 0, nodes: [] },
      with: { totalCount: 1, nodes: [{ appId: 'id123' }] },
    });
  });

  test('a run knows its automation, its blocks and its events, and they know it', async () => {
    const tenantId = newTenant();
    await service.client.ingest(
      runEvent(tenantId, {
        id: 'run-1',
        automation: { id: 'automation-1', name: 'Nightly' },
        blocks: [{ blockName: 'b' }],
      }),
      runEvent(tenantId, { id: 'run-1', title: 'again' }),
      runEvent(tenantId, { id: 'run-2', startTime: '2026-02-01T00:00:00Z' }),
      runEvent(tenantId, { id: '' }),
    );
    const data = await service.client.as(tenantId).data(
      `{ automationRun(runId: "run-1") { automation { name lastRun { runId } runs { totalCount } }
           blocks { nodes { run { runId } } } events { nodes { position ... on AutomationRunEndedEvent { run { runId } } } } }
         events(first: 1) { nodes { position ... on AutomationRunEndedEvent { run { runId } } } } }`,
    );
    const run = { runId: 'run-1' };
    expect(data).toEqual({
      automationRun: {
        automation: { name: 'Nightly', lastRun: { runId: 'run-2' }, runs: { totalCount: 2 } },
        blocks: { nodes: [{ run }] },
        events: {
          nodes: [
            { position: 2, run },
            { position: 1, run },
          ],
        },
      },
      events: { nodes: [{ position: 4, run: null }] },
    });
  });

  test('an automation without a run has the time of its newest event', async () => {
    const tenantId = newTenant();
    await service.client.ingest(runEvent(tenantId, { id: '' }, { time: '2026-03-01T00:00:00Z' }));
    const { automation } = await service.client
      .as(tenantId)
      .data(
        '{ automation(automationId: "automation-1") { lastRunAt lastRun { runId } runs { totalCount } } }',
      );
    expect(automation).toEqual({
      lastRunAt: '2026-03-01T00:00:00.000Z',
      lastRun: null,
      runs: { totalCount: 0 },
    });
  });

  test('the log tells where it begins and ends', async () => {
    const tenantId = newTenant();
    const log = '{ eventLog { headPosition headCursor oldestPosition startCursor } }';
    const empty = (await service.client.as(tenantId).data(log)).eventLog;
    expect(empty).toMatchObject({ headPosition: 0, oldestPosition: null });
    expect(empty.headCursor).toBe(empty.startCursor);
    await service.client.ingest(runEvent(tenantId), runEvent(tenantId));
    const { eventLog, events } = await service.client
      .as(tenantId)
      .data(`{ ${log.slice(1, -1)} events { nodes { cursor } } }`);
    expect(eventLog).toMatchObject({ headPosition: 2, oldestPosition: 1, startCursor: empty.startCursor });
    expect(events.nodes[0].cursor).toBe(eventLog.headCursor);
    expect(events.nodes[1].cursor).not.toBe(eventLog.headCursor);
  });

  test('equal requests get equal answers', async () => {
    const query = '{ events { nodes { id cursor raw } pageInfo { endCursor } } apps { nodes { id } } }';
    expect(await apps.data(query)).toEqual(await apps.data(query));
  });
});

import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient, Subscription } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { filterOf } from './oracle/arbitraries.ts';
import { toReadingEvents } from './oracle/data.ts';
import { type Filter, matches } from './oracle/oracle.ts';
import { EVENTS } from './oracle/subjects.ts';
import { readEvents } from './oracle/world.ts';

const end = { source: { eq: 'end' } };

describeOnEachDatabase('subscriptions with a filter', (kind) => {
  let service: TestService;
  let counter = 0;
  const open: Subscription[] = [];
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterEach(() => Promise.all(open.splice(0).map((subscription) => subscription.close())));
  afterAll(() => service.close());

  /** Subscribes from the start of a tenant's log. */
  async function follow(
    client: GraphqlClient,
    field: string,
    filterType: string,
    where: unknown,
    selection: string,
  ) {
    const { eventLog } = await client.data('{ eventLog { startCursor } }');
    const subscription = client.subscribe(
      `subscription ($where: ${filterType}, $after: String) {
        delivery: ${field}(where: $where, after: $after) { event { position } ${selection} } }`,
      { where, after: eventLog.startCursor },
    );
    open.push(subscription);
    return subscription;
  }
  const toTenant = () => {
    counter += 1;
    return `tenant-${counter}`;
  };
  const positionsOf = ({ received }: Subscription) =>
    received.map(({ delivery }: { delivery: { event: { position: number } } }) => delivery.event.position);

  test('eventStored delivers exactly the events that the oracle finds, in order, old and new', async () => {
    const tenantId = toTenant();
    const client = service.client.as(tenantId);
    const all = toReadingEvents(tenantId);
    await client.ingest(...all.slice(0, 100));
    const events = await readEvents(client);
    const filters = fc.sample(filterOf(EVENTS, events, 3), toDose({ short: 6, full: 12 }));
    const subscriptions = await Promise.all(
      filters.map((where: Filter) => follow(client, 'eventStored', 'EventFilter', { or: [where, end] }, '')),
    );
    await client.ingest(...all.slice(100));
    await client.ingest(appEvent(tenantId, 'app.created', { id: 'end' }, { source: 'end' }));
    const sorted = (await readEvents(client)).toSorted((a, b) => Number(a.key) - Number(b.key));
    for (const [index, subscription] of subscriptions.entries()) {
      const where = { or: [filters[index] ?? {}, end] };
      const expected = sorted.filter((event) => matches(event, where, EVENTS)).map(({ key }) => key);
      await subscription.until((self) => positionsOf(self).includes(sorted.length), 30_000);
      expect({ where, positions: positionsOf(subscription) }).toEqual({ where, positions: expected });
    }
  });

  test("automationRunEnded judges and shows the run's state at delivery, not at the event", async () => {
    const tenantId = toTenant();
    const client = service.client.as(tenantId);
    const send = (id: string, time: string, data: object) =>
      client.ingest(runEvent(tenantId, { id, ...data }, { time }));
    await send('a', '2025-01-01T00:00:00Z', {
      title: 'Old',
      status: 'running',
      blocks: [{ blockName: 'x' }],
    });
    await send('b', '2025-01-01T00:00:01Z', { title: 'Other' });
    await send('a', '2025-01-01T00:00:02Z', { title: 'New', status: 'failed' });
    const selection = 'run { runId title status }';
    const [changed, old, blocks] = await Promise.all([
      follow(client, 'automationRunEnded', 'AutomationRunFilter', { title: { eq: 'New' } }, selection),
      follow(client, 'automationRunEnded', 'AutomationRunFilter', { title: { eq: 'Old' } }, selection),
      follow(
        client,
        'automationRunEnded',
        'AutomationRunFilter',
        { someBlock: { blockName: { contains: 'X' } } },
        selection,
      ),
    ]);
    const run = { runId: 'a', title: 'New', status: 'FAILED' };
    for (const subscription of [changed, blocks]) {
      await subscription.until(({ received }) => received.length === 2);
      expect(subscription.received.map(({ delivery }) => [delivery.event.position, delivery.run])).toEqual([
        [1, run],
        [3, run],
      ]);
    }
    // Live: an event that changes the run so that it matches is delivered, one that changes it back
    // is not.
    await send('c', '2025-01-01T00:00:03Z', { title: 'Old' });
    await old.until(({ received }) => received.length === 1);
    await send('c', '2025-01-01T00:00:04Z', { title: 'Newer' });
    await send('d', '2025-01-01T00:00:05Z', { title: 'Old' });
    await old.until(({ received }) => received.length === 2);
    expect(positionsOf(old)).toEqual([4, 6]);
    expect(changed.received.length).toBe(2);
  });

  test('appChanged delivers the events of apps that match at delivery, deleted ones and reloads included', async () => {
    const tenantId = toTenant();
    const client = service.client.as(tenantId);
    const app = (
      id: string,
      name: string | undefined,
      type = 'app.created',
      eventTime = '2025-01-01T00:00:00Z',
    ) => appEvent(tenantId, type, { attributes: { id, name } }, { eventTime });
    const reload = (id: string) =>
      appEvent(tenantId, 'app.reload.finished', { status: 'ok' }, { extensions: { topLevelResourceId: id } });
    await client.ingest(app('a', 'STRASSE'), app('b', 'other'), reload('a'), reload('b'));
    const where = { name: { startsWith: 'straß' } };
    const subscription = await follow(client, 'appChanged', 'AppFilter', where, 'app { appId isDeleted }');
    await subscription.until(({ received }) => received.length === 2);
    await client.ingest(app('a', undefined, 'app.deleted', '2025-02-01T00:00:00Z'), app('c', 'Straßen'));
    await subscription.until(({ received }) => received.length === 4);
    expect(positionsOf(subscription)).toEqual([1, 3, 5, 6]);
    expect(subscription.received[2].delivery.app).toEqual({ appId: 'a', isDeleted: true });
  });

  test('appChanged delivers an event if the newest reload of its app matches at delivery', async () => {
    const tenantId = toTenant();
    const client = service.client.as(tenantId);
    const reload = (id: string, status: string, eventTime: string) =>
      appEvent(
        tenantId,
        'app.reload.finished',
        { status },
        { eventTime, extensions: { topLevelResourceId: id } },
      );
    const where = { lastReload: { status: { eq: 'FAILED' } } };
    const subscription = await follow(client, 'appChanged', 'AppFilter', where, 'app { appId }');
    const isDelivered = async (position: number) => {
      await subscription.until((self) => positionsOf(self).includes(position));
    };
    await client.ingest(appEvent(tenantId, 'app.created', { attributes: { id: 'a' } }));
    await client.ingest(reload('a', 'error', '2025-01-02T00:00:00Z'));
    await isDelivered(2);
    // An older reload changes nothing, a newer one does.
    await client.ingest(reload('a', 'ok', '2025-01-01T00:00:00Z'));
    await isDelivered(3);
    await client.ingest(reload('a', 'ok', '2025-01-03T00:00:00Z'));
    await client.ingest(reload('b', 'error', '2025-01-01T00:00:00Z'));
    await isDelivered(5);
    // The first event matches, too, if it is delivered after the reload was stored.
    expect(positionsOf(subscription).filter((position) => position > 1)).toEqual([2, 3, 5]);
  });

  test('appReloadFinished delivers the reloads that match', async () => {
    const tenantId = toTenant();
    const client = service.client.as(tenantId);
    const reload = (status: string, duration: number | undefined) =>
      appEvent(
        tenantId,
        'app.reload.finished',
        { status, duration },
        { extensions: { topLevelResourceId: 'a' } },
      );
    await client.ingest(reload('ok', 5), reload('error', 5), reload('error', undefined), reload('odd', 5));
    const where = { status: { notIn: ['SUCCEEDED'] }, durationMs: { gte: 5000, isNull: false } };
    const subscription = await follow(
      client,
      'appReloadFinished',
      'AppReloadFilter',
      where,
      'reload { status }',
    );
    await subscription.until(({ received }) => received.length === 2);
    await client.ingest(reload('ok', 6), runEvent(tenantId), reload('canceled', 7));
    await subscription.until(({ received }) => received.length === 3);
    expect(positionsOf(subscription)).toEqual([2, 4, 7]);
    expect(subscription.received.map(({ delivery }) => delivery.reload.status)).toEqual([
      'FAILED',
      'UNKNOWN',
      'CANCELED',
    ]);
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { toLogCursor } from '../../src/store/read/log-cursor.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { positionOf, startAfter } from '../support/events/log-cursor.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const WITHOUT_CURSOR = 'subscription ($after: String) { eventStored(after: $after) { event { position } } }';
const RUNS = `subscription ($after: String) { automationRunEnded(after: $after, where: { title: { eq: "x" } }) {
  event { position } } }`;

describeOnOneDatabase('a client that comes back with Last-Event-ID', (kind) => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const follow = (
    tenantId: string,
    query: string,
    variables: object = startAfter(tenantId),
    lastEventId?: string,
  ) => new SseSubscription(service.url, tenantId, query, { ...variables }, lastEventId);
  const positionsOf = ({ received }: SseSubscription, field = 'eventStored') =>
    received.map((result) => result[field].event.position);
  const idPositionsOf = (tenantId: string, { ids }: SseSubscription) =>
    ids.map((id) => positionOf(tenantId, id ?? ''));

  test('has got the cursor as the id of each result, selected or not', async () => {
    const tenantId = newTenant();
    await service.client.ingest(...Array.from({ length: 12 }, () => runEvent(tenantId)));
    const plain = follow(tenantId, WITHOUT_CURSOR);
    const selecting = follow(tenantId, WITHOUT_CURSOR.replace('{ event {', '{ cursor event {'));
    const alias = follow(tenantId, WITHOUT_CURSOR.replace('{ event {', '{ cursor: __typename event {'));
    for (const live of [plain, selecting, alias]) await live.until(({ received }) => received.length === 12);
    const cursors = selecting.received.map(({ eventStored }) => eventStored.cursor);
    expect(positionOf(tenantId, cursors[11])).toBe(12);
    for (const live of [plain, selecting, alias]) expect(live.ids).toEqual(cursors);
    await Promise.all([plain, selecting, alias].map((live) => live.close()));
  });

  test('goes on behind it without loss or repetition, wherever it broke off; its `after` counts no longer', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const positions: number[] = [];
    let lastEventId: string | undefined;
    for (let round = 1; round <= 8; round += 1) {
      const live = follow(tenantId, WITHOUT_CURSOR, startAfter(tenantId), lastEventId);
      // Some while no client is connected, others while one is.
      await client.ingest(
        runEvent(tenantId),
        appEvent(tenantId, 'app.created', { id: 'app' }),
        runEvent(tenantId),
      );
      await live.until(({ received }) => received.length >= 2);
      await live.close();
      positions.push(...positionsOf(live));
      lastEventId = live.ids.at(-1);
      await client.ingest(runEvent(tenantId));
    }
    const rest = follow(tenantId, WITHOUT_CURSOR, startAfter(tenantId), lastEventId);
    await rest.until(({ received }) => positions.length + received.length >= 32);
    positions.push(...positionsOf(rest));
    await rest.close();
    expect(positions).toEqual(Array.from({ length: 32 }, (_, index) => index + 1));
  });

  test('goes on with a filter too, and behind a result that had errors', async () => {
    const tenantId = newTenant();
    const titled = (title: string) => runEvent(tenantId, { title });
    await service.client.ingest(titled('x'), titled('y'), titled('x'));
    const live = follow(tenantId, RUNS);
    await live.until(({ received }) => received.length === 2);
    await live.close();
    expect(idPositionsOf(tenantId, live)).toEqual([1, 3]);

    const broken = follow(
      tenantId,
      RUNS.replace('event {', 'run { blocks(first: 0) { totalCount } } event {'),
    );
    await broken.until(({ received }) => received.length === 2);
    await broken.close();
    expect(broken.received[0].errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect(idPositionsOf(tenantId, broken)).toEqual([1, 3]);

    await service.client.ingest(titled('y'), titled('x'));
    const back = follow(tenantId, RUNS, startAfter(tenantId), live.ids.at(-1));
    await back.until(({ received }) => received.length === 1);
    expect(positionsOf(back, 'automationRunEnded')).toEqual([5]);
    await back.close();
  });

  test('gets BAD_CURSOR for an id that is none of this log, and the stream completes', async () => {
    const tenantId = newTenant();
    await service.client.ingest(runEvent(tenantId));
    const wrong = ['garbage', '1', toLogCursor(tenantId, 2), toLogCursor(tenantId, -1), 'A'.repeat(5_000)];
    for (const lastEventId of wrong) {
      for (const variables of [startAfter(tenantId), {}]) {
        const live = follow(tenantId, WITHOUT_CURSOR, variables, lastEventId);
        await live.until(({ completed }) => completed);
        expect(live.received, lastEventId).toHaveLength(1);
        expect(live.received[0].errors[0].extensions.code, lastEventId).toBe('BAD_CURSOR');
        expect(live.ids).toEqual([undefined]);
      }
    }
    const head = follow(tenantId, WITHOUT_CURSOR, { after: 'garbage' }, toLogCursor(tenantId, 1));
    await service.client.ingest(runEvent(tenantId));
    await head.until(({ received }) => received.length === 1);
    expect(positionsOf(head)).toEqual([2]);
    await head.close();
  });
});

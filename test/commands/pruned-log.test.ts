import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  APP_FIELDS,
  BLOCK_FIELDS,
  EVENT_FIELDS,
  RELOAD_FIELDS,
  RUN_FIELDS,
} from '../support/clients/selections.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { EXAMPLES, readExampleOf, runEvent } from '../support/events/events.ts';
import { positionOf, startAfter } from '../support/events/log-cursor.ts';
import { startPrune } from '../support/processes/command-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

/** What is read from events, and stays when they go. */
const PROJECTIONS = `{
  automationRuns { totalCount nodes { id ${RUN_FIELDS} blocks { nodes { id ${BLOCK_FIELDS} } } } }
  automations { nodes { id automationId name lastRunAt lastRun { runId } runs { totalCount } } }
  apps(includeDeleted: true) { nodes { id ${APP_FIELDS} lastReload { reloadId } reloads { totalCount } } }
  appReloads { totalCount nodes { id ${RELOAD_FIELDS} event { id ${EVENT_FIELDS.replace(' raw', '')} } } }
  automationRunStats { count totalApiCalls duration { p50 } }
}`;
const LOG = '{ eventLog { headPosition oldestPosition headCursor startCursor } }';
const IDS = '{ events(first: 100) { nodes { id eventId source type } } }';
const FOLLOW = `subscription ($after: String) { eventStored(after: $after) { cursor event { position raw } } }`;

const examples = EXAMPLES.map((name) => readExampleOf('one', name));
const HEAD = examples.length;

describeOnEachDatabase('a log of which everything is pruned', (kind) => {
  let database: TestDatabase;
  let service: TestService;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the shape, it is compared.
  let before: any;
  let ids: { id: string; eventId: string; source: string; type: string }[];

  beforeAll(async () => {
    database = await createTestDatabase(kind);
    service = await startTestService(kind, {}, database);
    await service.client.ingest(...examples);
    before = await one().data(PROJECTIONS);
    ids = (await one().data(IDS)).events.nodes;
    await service.close();
    await using prune = startPrune(database, '--older-than', '0s');
    expect((await prune.result()).status).toBe(0);
    service = await startTestService(kind, {}, database);
  });
  afterAll(async () => {
    expect(service.log.filter((line) => line.includes('"level":50'))).toEqual([]);
    await service.close();
    await database.drop();
  });

  const one = () => service.client.as('one');
  const codeOf = async (query: string, variables?: Record<string, unknown>) =>
    (await one().request(query, variables)).errors?.map(({ extensions }) => extensions.code);

  test('what was read from its events is there unchanged', async () => {
    expect(before.automationRuns.totalCount).toBe(1);
    expect(before.appReloads.nodes[0].event.type).toBe('APP_RELOAD_FINISHED');
    expect(await one().data(PROJECTIONS)).toEqual(before);
  });

  test('its events are no longer kept: no list has them, no count, no look-up', async () => {
    const nothing = { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, hasPreviousPage: false } };
    const page = '{ totalCount nodes { position raw } pageInfo { hasNextPage hasPreviousPage } }';
    const lists = await one().data(`{
      events ${page} byTime: events(last: 3, orderBy: [{ field: TIME }], where: { type: { notIn: [] } }) ${page}
      automationRuns { nodes { events ${page} } } apps { nodes { events ${page} } } }`);
    expect(lists.events).toEqual(nothing);
    expect(lists.byTime).toEqual(nothing);
    expect(lists.automationRuns.nodes).toEqual([{ events: nothing }]);
    for (const app of lists.apps.nodes) expect(app).toEqual({ events: nothing });

    const found = await one().data('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: ids.map(({ id }) => id),
    });
    expect(found.nodes).toEqual(ids.map(() => null));
    for (const { source, eventId, type } of ids) {
      const byType = `query ($source: String!, $eventId: ID!, $type: EventType) {
        event(source: $source, eventId: $eventId, type: $type) { id raw } }`;
      expect(await one().data(byType, { source, eventId, type })).toEqual({ event: null });
      expect(await one().data(byType, { source, eventId })).toEqual({ event: null });
    }
  });

  test('a reload still tells of its event, whose body is refused with a code of its own', async () => {
    expect(await codeOf('{ appReloads { nodes { event { position typeName warnings { code } } } } }')).toBe(
      undefined,
    );
    expect(await codeOf('{ appReloads { nodes { event { raw } } } }')).toEqual(['EVENT_PRUNED']);
  });

  test('an event that is sent again is a duplicate, a changed one a conflict, both without an event to show', async () => {
    const send = async (events: unknown[]) => {
      const data = await one().data(
        `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
          receipts { outcome position event { position raw } } } }`,
        { events },
      );
      return data.ingestEvents.receipts;
    };
    expect(await send(examples)).toEqual(
      examples.map((_, index) => ({ outcome: 'DUPLICATE', position: index + 1, event: null })),
    );
    const [first] = examples;
    expect(await send([{ ...first, data: { ...first.data, changed: true } }])).toEqual([
      { outcome: 'CONFLICT', position: 1, event: null },
    ]);
    expect((await one().data(LOG)).eventLog.headPosition).toBe(HEAD);
  });

  test('its ends meet, a cursor from before has expired, and the next event goes on behind it', async () => {
    const { eventLog: empty } = await one().data(LOG);
    expect(empty).toMatchObject({ headPosition: HEAD, oldestPosition: null });
    for (const cursor of [empty.startCursor, empty.headCursor]) expect(positionOf('one', cursor)).toBe(HEAD);

    const expired = one().subscribe(FOLLOW, startAfter('one', 6));
    await expired.until(({ received }) => received.length > 0);
    expect(expired.received[0].errors).toMatchObject([
      { extensions: { code: 'CURSOR_EXPIRED', oldestCursor: empty.startCursor } },
    ]);
    await expired.close();

    const live = one().subscribe(FOLLOW, { after: empty.startCursor });
    const event = runEvent('one');
    const { receipts } = await one().ingest(event);
    expect(receipts).toMatchObject([{ outcome: 'STORED', position: HEAD + 1 }]);
    await live.until(({ received }) => received.length > 0);
    expect(live.received[0].eventStored.event).toEqual({ position: HEAD + 1, raw: event });
    await live.close();

    const { eventLog: grown, events } = await one().data(
      LOG.replace(/}$/, 'events { totalCount nodes { position raw } } }'),
    );
    expect(grown).toMatchObject({
      headPosition: HEAD + 1,
      oldestPosition: HEAD + 1,
      startCursor: empty.startCursor,
    });
    expect(events).toEqual({ totalCount: 1, nodes: [{ position: HEAD + 1, raw: event }] });
  });
});

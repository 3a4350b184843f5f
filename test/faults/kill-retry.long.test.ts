import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database/open-database.ts';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { insertQuarantined, retryQuarantined } from '../support/events/quarantine.ts';
import { ServerProcess } from '../support/processes/server-process.ts';

const ITEMS = 120;
const KILL_AFTER = 25;
const WORKERS = 3;
/** Of the server that is killed, so that it is killed between many small calls. */
const SETTINGS = { MAX_BATCH: '5' };
const PAGES = `query ($after: String, $before: String) {
  quarantinedEvents(first: 100, after: $after) { nodes { raw } pageInfo { endCursor hasNextPage } }
  events(last: 100, before: $before) { nodes { position eventId } pageInfo { startCursor hasPreviousPage } } }`;

describeOnEachDatabase('kill -9 in the middle of a retry', (kind) => {
  test('loses no item and stores none twice; what was stored and not removed leaves with the next retry', async () => {
    const database = await createTestDatabase(kind);
    const events = Array.from({ length: ITEMS }, () => runEvent('one'));
    {
      await using opened = await openDatabase(database);
      await insertQuarantined(
        opened,
        events.map((raw) => ({ tenantId: 'one', raw })),
      );
    }
    let acknowledged = 0;
    {
      await using server = await ServerProcess.start(database, SETTINGS);
      const client = server.client.as('one');
      const worker = async () => {
        for (;;) acknowledged += (await retryQuarantined(client)).stored;
      };
      const working = Promise.allSettled(Array.from({ length: WORKERS }, worker));
      while (acknowledged < KILL_AFTER) await sleep(5);
      expect(await server.stop('SIGKILL')).toBe('SIGKILL');
      expect((await working).map(({ status }) => status)).toEqual(Array(WORKERS).fill('rejected'));
    }

    await using server = await ServerProcess.start(database);
    const client = server.client.as('one');
    const ids = events.map(({ id }) => String(id)).sort();
    const before = await readAll(client);
    expect(before.stored.length).toBeGreaterThanOrEqual(acknowledged);
    expect(before.stored.length).toBeLessThan(ITEMS);
    expect([...new Set([...before.stored, ...before.waiting])].sort()).toEqual(ids);

    for (let after: string | null | undefined; after !== null; ) {
      ({ nextCursor: after } = await retryQuarantined(client, { after }));
    }
    const after = await readAll(client);
    expect(after.waiting).toEqual([]);
    expect(after.stored.toSorted()).toEqual(ids);
    expect(after.positions).toEqual(ids.map((_, index) => index + 1));
    expect(await server.stop()).toBe(0);
    await database.drop();
  }, 90_000);
});

/** The ids of all events that are stored, in the order of the log, and of those that wait. */
async function readAll(client: GraphqlClient) {
  const stored: string[] = [];
  const positions: number[] = [];
  const waiting: string[] = [];
  let [isMore, after, before] = [true, undefined, undefined];
  while (isMore) {
    const { quarantinedEvents, events } = await client.data(PAGES, { after, before });
    waiting.push(...quarantinedEvents.nodes.map(({ raw }: { raw: { id: string } }) => raw.id));
    stored.push(...events.nodes.toReversed().map(({ eventId }: { eventId: string }) => eventId));
    positions.push(...events.nodes.toReversed().map(({ position }: { position: number }) => position));
    isMore = quarantinedEvents.pageInfo.hasNextPage || events.pageInfo.hasPreviousPage;
    after = quarantinedEvents.pageInfo.endCursor ?? after;
    before = events.pageInfo.startCursor ?? before;
  }
  return { stored, positions, waiting };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases.ts';
import { runEvent } from '../support/events.ts';
import { ServerProcess } from '../support/server-process.ts';

const ROUNDS = 1;
const WRITERS = 3;
const EVENTS = `subscription ($after: String) { eventStored(after: $after) { event { position eventId } } }`;
const START = { after: Buffer.from('log:0').toString('base64url') };

interface Acknowledged {
  eventId: string;
  position: number;
}

describeOnEachDatabase('kill -9 in the middle of ingest', (kind) => {
  test('loses nothing acknowledged; sent again, every event is there once and positions have no gap', async () => {
    const database = await createTestDatabase(kind);
    const acknowledged: Acknowledged[] = [];
    const batches: Record<string, unknown>[][] = [];
    let refused = 0;

    for (let round = 0; round < ROUNDS; round += 1) {
      await using server = await ServerProcess.start(database);
      const client = server.client.as('one');
      const writer = async () => {
        for (;;) {
          const batch = Array.from({ length: 5 }, () => runEvent('one'));
          batches.push(batch);
          const { receipts } = await client.ingest(...batch);
          acknowledged.push(...receipts);
        }
      };
      const before = acknowledged.length;
      const writing = Promise.allSettled(Array.from({ length: WRITERS }, writer));
      while (acknowledged.length < before + 60) await sleep(5);
      expect(await server.stop('SIGKILL')).toBe('SIGKILL');
      refused += (await writing).filter(({ status }) => status === 'rejected').length;
    }
    expect(refused, 'every writer met the end of its server').toBe(ROUNDS * WRITERS);

    await using server = await ServerProcess.start(database);
    const client = server.client.as('one');
    const { headPosition } = (await client.data('{ eventLog { headPosition } }')).eventLog;
    const sent = batches.flat();
    expect(headPosition).toBeGreaterThanOrEqual(acknowledged.length);
    expect(headPosition).toBeLessThanOrEqual(sent.length);

    // The relay does not know what became of its last batches, so it sends them all again.
    for (const batch of batches) await client.ingest(...batch);
    const live = client.subscribe(EVENTS, START);
    await live.until(({ received }) => received.length >= sent.length, 20_000);
    await live.close();
    const log = live.received.map(({ eventStored }) => eventStored.event as Acknowledged);
    expect(log.map(({ position }) => position)).toEqual(sent.map((_, index) => index + 1));
    expect(new Set(log.map(({ eventId }) => eventId)).size).toBe(sent.length);
    for (const { eventId, position } of acknowledged) expect(log[position - 1]?.eventId).toBe(eventId);
    const { automationRuns } = await client.data('{ automationRuns { totalCount } }');
    expect(automationRuns.totalCount, 'what is read from events is stored with them').toBe(sent.length);
    expect(await server.stop()).toBe(0);
    await database.drop();
  });
});

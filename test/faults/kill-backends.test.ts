import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTestDatabase, killBackends } from '../support/databases.ts';
import { ServerProcess } from '../support/server-process.ts';
import { startLoad } from './load.ts';

const KILLS = 40;

test('40 backends killed under load: the server lives, answers everything in time, and loses nothing', async () => {
  const database = await createTestDatabase('postgres');
  {
    await using server = await ServerProcess.start(database);
    const load = startLoad(server.client.as('one'));
    await load.live.until(({ received }) => received.length > 10);

    let killed = 0;
    for (let round = 0; killed < KILLS && server.ended === undefined; round += 1) {
      killed += await killBackends(database);
      // From a kill amid reconnecting to one that hits everything at work.
      await sleep([5, 40, 150, 400, 700][round % 5]);
    }
    expect(server.ended, server.stderr).toBeUndefined();
    const { length: before } = load.acknowledged;
    await load.live.until(() => load.acknowledged.length > before + 50, 10_000);
    await load.stop();

    expect(server.stderr).toBe('');
    expect(load.silent).toEqual([]);
    expect([...load.codes.keys()].filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
    expect(load.slowestMs).toBeLessThan(5_000);

    const client = server.client.as('one');
    const { headPosition } = (await client.data('{ eventLog { headPosition } }')).eventLog;
    await load.live.until(({ received }) => received.length >= headPosition);
    const log = load.delivered();
    expect(log.map(({ position }) => position)).toEqual(
      Array.from({ length: headPosition }, (_, index) => index + 1),
    );
    expect(new Set(log.map(({ eventId }) => eventId)).size, 'no event twice').toBe(headPosition);
    expect(load.acknowledged).toHaveLength(headPosition);
    for (const { eventId, position } of load.acknowledged) {
      expect(log[position - 1]?.eventId).toBe(eventId);
    }
    await load.live.close();
    expect(await server.stop()).toBe(0);
    if (process.env.SHOW_FIGURES) {
      console.info({
        killed,
        answered: load.answered,
        slowestMs: load.slowestMs,
        codes: load.codes,
        headPosition,
      });
    }
  }
  await database.drop();
});

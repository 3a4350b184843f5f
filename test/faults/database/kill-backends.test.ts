import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Relay } from '../../support/clients/relay.ts';
import { createTestDatabase, killBackends } from '../../support/databases/databases.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { faultTest } from '../scenario.ts';

faultTest(
  'all backends terminated under load: the server lives, answers everything in time, and loses nothing',
  { short: 6, full: 50 },
  async ({ times, seed, random, calm, recoveries, show }) => {
    const database = await createTestDatabase('postgres');
    {
      await using server = await ServerProcess.start(database);
      const relay = new Relay({ seed, urls: () => [server.url] });
      calm.push(await relay.goesOn());
      let killed = 0;
      for (let time = 0; time < times && server.ended === undefined; time += 1) {
        killed += await killBackends(database);
        const endedAt = performance.now();
        // Every other time they are terminated again before everybody is back: amid reconnecting,
        // or soon after.
        if (time % 2 === 0) await sleep(random.below(200));
        else recoveries.push(await relay.goesOn(endedAt));
      }
      calm.push(await relay.goesOn());
      expect(server.ended, server.stderr).toBeUndefined();
      expect(await relay.finish()).toEqual([]);
      show({ killed, ...relay.figures });
      expect(relay.slowestMs).toBeLessThan(5_000);
      expect(killed, 'connections were there to be terminated').toBeGreaterThan(times * 2);
      expect(server.stderr).toBe('');
      expect(await server.stop()).toBe(0);
    }
    await database.drop();
  },
);

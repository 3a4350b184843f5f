import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Relay } from '../../support/clients/relay.ts';
import { createTestDatabase } from '../../support/databases/databases.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { CUTS, openTcpProxy } from '../../support/sockets/tcp-proxy.ts';
import { faultTest } from '../scenario.ts';

faultTest(
  'connections cut around COMMIT: whether it came to be or not, every event is stored once',
  { short: 9, full: 75 },
  async ({ times, seed, random, calm, recoveries, show }) => {
    const database = await createTestDatabase('postgres');
    const proxy = await openTcpProxy(database.databaseUrl ?? '');
    {
      await using server = await ServerProcess.start({ ...database, databaseUrl: proxy.url });
      const relay = new Relay({ seed, urls: () => [server.url] });
      calm.push(await relay.goesOn());
      for (let time = 0; time < times; time += 1) {
        await proxy.cutAtCommit(CUTS[time % CUTS.length] ?? 'before');
        const cutAt = performance.now();
        // Not more than three in a row, all of which may hit the tries of one and the same
        // transaction.
        if (time % CUTS.length < CUTS.length - 1) await sleep(random.below(50));
        else recoveries.push(await relay.goesOn(cutAt));
      }
      calm.push(await relay.goesOn());
      expect(await relay.finish()).toEqual([]);
      show(relay.figures);
      expect(relay.answeredLate, 'some were stored and the answer was lost').toBeGreaterThanOrEqual(
        times / 3,
      );
      // One lost connection is the service's to get over: its callers are not told.
      expect([...relay.codes]).toEqual([]);
      expect(server.stderr).toBe('');
      expect(await server.stop()).toBe(0);
    }
    await proxy.close();
    await database.drop();
  },
);

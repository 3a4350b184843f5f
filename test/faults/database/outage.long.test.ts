import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Relay } from '../../support/clients/relay.ts';
import { createTestDatabase } from '../../support/databases/databases.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { openTcpProxy } from '../../support/sockets/tcp-proxy.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { faultTest } from '../scenario.ts';

const OUTAGE_ENDS_REQUESTS_MS = 5_500;
const REFUSED_AT_ONCE_MS = 1_000;

for (const [how, outage] of [
  ['the server is down and refuses', 'refuse'],
  ['the link swallows every byte and says nothing', 'swallow'],
] as const) {
  faultTest(
    `while ${how}, requests are answered with UNAVAILABLE and streams wait`,
    { short: 1, full: 5, concurrent: true },
    async ({ times, seed, random, calm, recoveries, show }) => {
      const database = await createTestDatabase('postgres');
      const proxy = await openTcpProxy(database.databaseUrl ?? '');
      {
        await using server = await ServerProcess.start({ ...database, databaseUrl: proxy.url });
        const isReady = async () => (await fetch(`${server.url}/health/ready`)).status === 200;
        const client = server.client.as('one');
        const relay = new Relay({ seed, urls: () => [server.url], readers: 4 });
        calm.push(await relay.goesOn());
        for (let time = 0; time < times; time += 1) {
          await sleep(random.below(500));
          relay.slowestMs = 0;
          const before = relay.codes.get('UNAVAILABLE') ?? 0;

          await proxy[outage]();
          const cutAt = performance.now();
          await waitUntil(async () => !(await isReady()));
          const notReadyMs = Math.round(performance.now() - cutAt);
          await waitUntil(() => (relay.codes.get('UNAVAILABLE') ?? 0) >= before + 40);
          expect(relay.slowestMs, 'what was under way').toBeLessThan(OUTAGE_ENDS_REQUESTS_MS);

          // By now everybody knows.
          await waitUntil(() => performance.now() - cutAt > OUTAGE_ENDS_REQUESTS_MS);
          for (const query of ['{ eventLog { headPosition } }', '{ automationRuns { totalCount } }']) {
            const askedAt = performance.now();
            const { errors } = await client.request(query);
            expect(performance.now() - askedAt, 'what comes later').toBeLessThan(REFUSED_AT_ONCE_MS);
            expect(errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
          }

          await proxy.restore();
          recoveries.push(await relay.goesOn());
          await waitUntil(isReady);
          show({ notReadyMs });
        }
        expect(await relay.finish()).toEqual([]);
        show(relay.figures);
        expect(relay.reconnects, 'streams stay open').toBe(0);
        expect(server.stderr).toBe('');
        expect(await server.stop()).toBe(0);
      }
      await proxy.close();
      await database.drop();
    },
  );
}

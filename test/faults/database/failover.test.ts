import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Relay } from '../../support/clients/relay.ts';
import { startPostgresPair } from '../../support/databases/postgres-pair.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { findFreePort } from '../../support/sockets/free-port.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { faultTest } from '../scenario.ts';

/** What the service promises after a writable server has answered. */
const STORES_AGAIN_MS = 20_000;

faultTest(
  'the primary is lost and its standby promoted: the service finds it in a host list, and nothing is lost or doubled',
  { short: 2, full: 8 },
  async ({ times, seed, random, calm, recoveries, show }) => {
    await using pair = await startPostgresPair();
    const hosts = [pair.standby.port, await findFreePort(), pair.primary.port].map(
      (port) => `127.0.0.1:${port}`,
    );
    const databaseUrl = `postgres://postgres:postgres@${hosts.join(',')}/postgres?target_session_attrs=read-write`;
    // The first host of the list is a standby, and nothing listens at the second.
    await using server = await ServerProcess.start({ databaseUrl, dataDir: '' });
    const isReady = async () => (await fetch(`${server.url}/health/ready`)).status === 200;
    const relay = new Relay({ seed, urls: () => [server.url] });
    calm.push(await relay.goesOn());
    for (let time = 0; time < times; time += 1) {
      await sleep(random.below(500));
      // A primary that ends in good order sends its standby everything first, so it can follow that
      // one later.
      await pair.primary.end('fast');
      await waitUntil(async () => !(await isReady()));
      await sleep(random.below(3_000));
      await pair.promote();
      const recoveryMs = await relay.goesOn();
      recoveries.push(recoveryMs);
      expect(recoveryMs).toBeLessThan(STORES_AGAIN_MS);
      await waitUntil(isReady);
      // The former primary comes back as a standby.
      await pair.standby.startAsStandby(pair.primary);
      await pair.synchronise();
      recoveries.push(await relay.goesOn());
    }
    expect(await relay.finish()).toEqual([]);
    show(relay.figures);
    expect(relay.reconnects, 'streams stay open').toBe(0);
    expect(server.stderr).toBe('');
    expect(await server.stop()).toBe(0);
  },
);

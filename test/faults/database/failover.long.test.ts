import { setTimeout as sleep } from 'node:timers/promises';
import { Relay } from '../../support/clients/relay.ts';
import { startPostgresPair } from '../../support/databases/postgres-pair.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { findFreePort } from '../../support/sockets/free-port.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { faultTest } from '../scenario.ts';
import { expectNothingLost, expectStoringAgain, isReady, rejoin, toUrl } from './pair-scenario.ts';

faultTest(
  'the primary is lost and its standby promoted: the service finds it in a host list, and nothing is lost or doubled',
  { short: 1, full: 8 },
  async (fault) => {
    const { times, seed, random, calm } = fault;
    await using pair = await startPostgresPair();
    const databaseUrl = toUrl(pair.standby, { port: await findFreePort() }, pair.primary);
    // The first host of the list is a standby, and nothing listens at the second.
    await using server = await ServerProcess.start({ databaseUrl, dataDir: '' });
    const relay = new Relay({ seed, urls: () => [server.url] });
    calm.push(await relay.goesOn());
    for (let time = 0; time < times; time += 1) {
      await sleep(random.below(500));
      // A primary that ends in good order sends its standby everything first, so it can follow that
      // one later.
      await pair.primary.end('fast');
      await waitUntil(async () => !(await isReady(server)));
      await sleep(random.below(3_000));
      await pair.promote();
      await expectStoringAgain(relay, server, fault);
      await rejoin(pair, relay, fault);
    }
    await expectNothingLost(relay, server, fault);
  },
);

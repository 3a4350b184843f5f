import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Relay } from '../../support/clients/relay.ts';
import { createTestDatabase } from '../../support/databases/databases.ts';
import { createNameService, DATABASE_HOST } from '../../support/databases/name-service.ts';
import { startPostgresPair } from '../../support/databases/postgres-pair.ts';
import { runEvent } from '../../support/events/events.ts';
import { refusedStart } from '../../support/processes/refused-start.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { concurrentTest } from '../../support/run/concurrent-test.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { faultTest } from '../scenario.ts';
import {
  expectNothingLost,
  expectStoringAgain,
  isReady,
  rejoin,
  STORES_AGAIN_MS,
  toUrl,
} from './pair-scenario.ts';

faultTest(
  'the primary crashes and its standby is promoted: the service finds it, and nothing is lost or doubled',
  { short: 1, full: 6, concurrent: true },
  async (fault) => {
    const { times, seed, random, calm } = fault;
    for (let time = 0; time < times; time += 1) {
      await using pair = await startPostgresPair();
      const hosts = time % 2 === 0 ? [pair.primary, pair.standby] : [pair.standby, pair.primary];
      await using server = await ServerProcess.start({ databaseUrl: toUrl(...hosts), dataDir: '' });
      const relay = new Relay({ seed: seed + time, urls: () => [server.url] });
      calm.push(await relay.goesOn());
      await sleep(random.below(500));
      await pair.primary.crash();
      await waitUntil(async () => !(await isReady(server)));
      await sleep(random.below(2_000));
      await pair.promote();
      // The new primary has no standby that it could wait for.
      await pair.primary.execute('alter system reset synchronous_standby_names', 'select pg_reload_conf()');
      await expectStoringAgain(relay, server, fault);
      await expectNothingLost(relay, server, fault);
    }
  },
);

faultTest(
  'every host is read-only: a start is refused, a running service waits, and continues with the one that is promoted',
  { short: 1, full: 4, concurrent: true },
  async (fault) => {
    const { times, seed, calm } = fault;
    await using pair = await startPostgresPair();
    const databaseUrl = toUrl(pair.primary, pair.standby);
    await using server = await ServerProcess.start({ databaseUrl, dataDir: '' });
    const relay = new Relay({ seed, urls: () => [server.url] });
    calm.push(await relay.goesOn());
    for (let time = 0; time < times; time += 1) {
      await pair.primary.end('fast');
      await pair.primary.startAsStandby();
      await waitUntil(async () => !(await isReady(server)), 20_000);
      await waitUntil(() => relay.operations.at(-1)?.outcome === 'failed');
      const begun = relay.operations.length;
      await waitUntil(() => relay.operations.length > begun + 10);
      expect(relay.operations.slice(begun).map(({ reason }) => reason)).toEqual(
        expect.not.arrayContaining([expect.not.stringMatching('UNAVAILABLE')]),
      );
      const read = await server.client.as('one').request('{ eventLog { headPosition } }');
      expect(read.errors).toBeUndefined();
      expect(await refusedStart({ DATABASE_URL: databaseUrl })).toMatch(
        /the database is read-only \(the server is a standby\)/,
      );
      await pair.promote();
      await expectStoringAgain(relay, server, fault);
      await pair.standby.end('fast');
      await rejoin(pair, relay, fault);
    }
    await expectNothingLost(relay, server, fault);
  },
);

/** Addresses at which nothing listens on the port of the database, or no machine answers. */
const ELSEWHERE = ['127.0.0.3', '::1', '192.0.2.1'];

concurrentTest(
  'a name of several addresses leads to the one where the server is, also when the name moves',
  {
    timeout: 120_000,
  },
  async () => {
    const database = await createTestDatabase('postgres');
    const url = new URL(database.databaseUrl ?? '');
    const port = Number(url.port);
    const moved = await openForwarder(port);
    using names = createNameService(...ELSEWHERE, '127.0.0.1');
    const databaseUrl = Object.assign(new URL(url), { hostname: DATABASE_HOST }).href;
    {
      await using server = await new ServerProcess({ DATABASE_URL: databaseUrl }, names.command).ready();
      expect(await server.client.ingest(runEvent('another'))).toMatchObject({ stored: 1 });
      expect(await server.stop()).toBe(0);
    }
    {
      names.resolveTo('127.0.0.2');
      await using server = await new ServerProcess({ DATABASE_URL: databaseUrl }, names.command).ready();
      const relay = new Relay({ seed: 2, urls: () => [server.url] });
      await relay.goesOn();
      expect(moved.count).toBeGreaterThan(0);
      await moved.close();
      await waitUntil(async () => !(await isReady(server)));
      names.resolveTo(...ELSEWHERE, '127.0.0.1');
      expect(await relay.goesOn()).toBeLessThan(STORES_AGAIN_MS);
      await waitUntil(() => isReady(server));
      expect(await relay.finish()).toEqual([]);
      expect(server.stderr).toBe('');
      expect(await server.stop()).toBe(0);
    }
    names.resolveTo(...ELSEWHERE);
    await using refused = new ServerProcess({ DATABASE_URL: databaseUrl }, names.command);
    expect(await refused.end()).toBe(1);
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
    await database.drop();
  },
);

/** Forwards the same port of 127.0.0.2 to the database, as another address of one server does. */
async function openForwarder(port: number) {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((near) => {
    count += 1;
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
  });
  server.listen(port, '127.0.0.2');
  await once(server, 'listening');
  return {
    get count() {
      return count;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

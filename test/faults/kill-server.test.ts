import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { Relay } from '../support/clients/relay.ts';
import { createTestDatabase } from '../support/databases/databases.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { faultTest } from './scenario.ts';

faultTest(
  'the server on an embedded database killed in the middle of ingest: nothing acknowledged is lost, nothing is there twice',
  { short: 1, full: 20 },
  async ({ times, seed, random, calm, recoveries, show }) => {
    const database = await createTestDatabase('pglite');
    let server = await ServerProcess.start(database);
    onTestFinished(() => server[Symbol.asyncDispose]());
    const relay = new Relay({
      seed,
      readers: 1,
      urls: () => (server.ended === undefined ? [server.url] : []),
    });
    calm.push(await relay.goesOn());
    for (let time = 0; time < times; time += 1) {
      await sleep(random.below(500));
      expect(await server.stop('SIGKILL')).toBe('SIGKILL');
      server = await ServerProcess.start(database);
      recoveries.push(await relay.goesOn());
    }
    expect(await relay.finish()).toEqual([]);
    show(relay.figures);
    expect(relay.figures.unknown, 'they were in the middle').toBeGreaterThanOrEqual(times);
    expect(server.stderr).toBe('');
    expect(await server.stop()).toBe(0);
    await database.drop();
  },
);

faultTest(
  'two servers on one database killed in turn in the middle of ingest: nothing acknowledged is lost, nothing is there twice',
  { short: 2, full: 20 },
  async ({ times, seed, random, calm, recoveries, show }) => {
    const database = await createTestDatabase('postgres');
    const servers = [await ServerProcess.start(database), await ServerProcess.start(database)];
    onTestFinished(async () => {
      for (const server of servers) await server[Symbol.asyncDispose]();
    });
    const toLiving = () => servers.filter(({ ended }) => ended === undefined);
    const relay = new Relay({ seed, urls: () => toLiving().map(({ url }) => url) });
    calm.push(await relay.goesOn());
    for (let time = 0; time < times; time += 1) {
      await sleep(random.below(500));
      // Mostly one, so that the other has to continue with the tenant that the killed one had
      // locked; or both.
      const victims = random.below(4) === 0 ? [0, 1] : [random.below(2)];
      for (const victim of victims) expect(await servers[victim]?.stop('SIGKILL')).toBe('SIGKILL');
      if (victims.length === 1) recoveries.push(await relay.goesOn());
      for (const victim of victims) servers[victim] = await ServerProcess.start(database);
      if (victims.length === 2) recoveries.push(await relay.goesOn());
    }
    expect(await relay.finish()).toEqual([]);
    show(relay.figures);
    expect(relay.figures.unknown, 'they were in the middle').toBeGreaterThan(0);
    for (const server of servers) {
      expect(server.stderr).toBe('');
      expect(await server.stop()).toBe(0);
    }
    await database.drop();
  },
);

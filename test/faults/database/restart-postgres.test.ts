import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { Relay } from '../../support/clients/relay.ts';
import { startPostgres } from '../../support/databases/start-postgres.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { faultTest } from '../scenario.ts';

faultTest(
  'PostgreSQL restarted under two servers, fast and immediately: they live, go on, and nothing is lost',
  { short: 2, full: 10 },
  async ({ times, seed, random, calm, recoveries, show }) => {
    const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-restart-'));
    // As root, PostgreSQL runs as another user.
    chmodSync(folder, 0o755);
    const postgres = await startPostgres(join(folder, 'postgres'));
    try {
      const location = { databaseUrl: postgres.url, dataDir: '' };
      await using first = await ServerProcess.start(location);
      await using second = await ServerProcess.start(location);
      const relay = new Relay({ seed, urls: () => [first.url, second.url] });
      calm.push(await relay.goesOn());
      for (let time = 0; time < times; time += 1) {
        await sleep(random.below(500));
        await postgres.restart(time % 2 === 0 ? 'fast' : 'immediate');
        recoveries.push(await relay.goesOn());
      }
      expect(await relay.finish()).toEqual([]);
      show(relay.figures);
      for (const server of [first, second]) {
        expect(server.stderr).toBe('');
        expect(await server.stop()).toBe(0);
      }
    } finally {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

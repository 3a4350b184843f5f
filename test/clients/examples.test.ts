import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { inSeconds, SECRET, toToken } from '../support/identity/tokens.ts';
import { startPrune } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { EXAMPLES, type Example, ExampleProcess, runIn, toFolder } from './example-process.ts';

const INSTALL = ['ci', '--no-audit', '--no-fund', '--prefer-offline'];

/** The order of a list of runs: the newest first. */
const newestFirst = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, index) => `run-${from - index}`);
const oldestFirst = (from: number, to: number) => newestFirst(to, from).toReversed();

describe('the example', () => {
  /** What `npm ci` and `npm run check` of each example printed, or how they failed. */
  const checked = new Map<Example, unknown>();
  beforeAll(async () => {
    const waiting = [...EXAMPLES];
    const work = async () => {
      for (let example = waiting.shift(); example !== undefined; example = waiting.shift()) {
        await runIn(example, 'npm', ...INSTALL);
        checked.set(example, await runIn(example, 'npm', 'run', 'check').catch((failure) => failure));
      }
    };
    await Promise.all([work(), work()]);
  }, 300_000);

  test.each(EXAMPLES)('for %s generates its types from the schema, and compiles', (example) => {
    expect(checked.get(example)).toEqual(expect.any(String));
  });

  test('has the same program and the same rules of resuming for each client', () => {
    for (const file of ['main.ts', 'follow-log.ts']) {
      const texts = EXAMPLES.map((example) => readFileSync(`${toFolder(example)}/${file}`, 'utf8'));
      expect(new Set(texts).size).toBe(1);
    }
  });

  describe('on a service with tokens', () => {
    let database: TestDatabase;
    let port: string;
    let server: ServerProcess;
    /** A second server of the same database, which stays. */
    let other: ServerProcess;
    let token: string;
    const started: ExampleProcess[] = [];

    const startServer = (PORT: string) => ServerProcess.start(database, { PORT, AUTH_JWT_SECRET: SECRET });
    const start = (example: Example, tenantId: string, bearer = token) => {
      const process = new ExampleProcess(example, `http://127.0.0.1:${port}`, tenantId, bearer);
      started.push(process);
      return process;
    };
    /** Stores one run for each number; every third one failed. */
    const store = async (tenantIds: readonly string[], from: number, to: number, { client } = other) => {
      for (const tenantId of tenantIds) {
        const events = oldestFirst(from, to).map((id, index) => {
          const number = from + index;
          const stopTime = new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString();
          return runEvent(tenantId, { id, status: number % 3 === 0 ? 'failed' : 'finished', stopTime });
        });
        const { stored } = await client.with(token).ingest(...events);
        expect(stored).toBe(events.length);
      }
    };

    beforeAll(async () => {
      database = await createTestDatabase('postgres');
      port = String(await findFreePort());
      const scope = 'events:read events:ingest';
      token = await toToken({ tenantId: '*', scope, exp: inSeconds(3_600) });
      [server, other] = await Promise.all([startServer(port), startServer('0')]);
    });
    afterAll(async () => {
      for (const example of started) example.stop();
      for (const process of [server, other]) await process?.stop();
      await database.drop();
    });

    describe('that is stopped, killed and pruned', () => {
      const tenantOf = (example: Example) => `restarts-${example}`;
      const tenants = EXAMPLES.map(tenantOf);
      const examples = new Map<Example, ExampleProcess>();
      const untilAll = async (condition: (example: ExampleProcess) => boolean) => {
        await Promise.all([...examples.values()].map((example) => example.until(condition)));
      };
      const hasEnded = (run: string) => untilAll(({ endedRuns }) => endedRuns.includes(run));

      beforeAll(async () => {
        await store(tenants, 1, 45);
        for (const example of EXAMPLES) examples.set(example, start(example, tenantOf(example)));
        await untilAll(({ lines }) => lines.some(({ statistics }) => statistics !== undefined));
        await store(tenants, 46, 46);
        await hasEnded('run-46');

        expect(await server.stop('SIGTERM')).toBe(0);
        await store(tenants, 47, 48);
        server = await startServer(port);
        await store(tenants, 49, 49);
        await hasEnded('run-49');

        await server.stop('SIGKILL');
        await store(tenants, 50, 51);
        server = await startServer(port);
        await hasEnded('run-51');

        await server.stop('SIGTERM');
        await store(tenants, 52, 52);
        const { status } = await startPrune(database, '--older-than', '0s').result();
        expect(status).toBe(0);
        server = await startServer(port);
        await untilAll(({ listedRuns }) => listedRuns.includes('run-52'));
        await untilAll(({ lines }) => lines.at(-1)?.statistics !== undefined);
        await store(tenants, 53, 53);
        await hasEnded('run-53');
      }, 180_000);

      test.each(EXAMPLES)('for %s lists all pages and the statistics, as they are', (example) => {
        expect(examples.get(example)?.lines.slice(0, 4)).toEqual([
          { page: newestFirst(45, 26) },
          { page: newestFirst(25, 6) },
          { page: newestFirst(5, 1) },
          {
            statistics: [
              { outcome: 'SUCCESS', count: 30 },
              { outcome: 'FAILURE', count: 15 },
            ],
          },
        ]);
      });

      test.each(EXAMPLES)('for %s follows the runs without a gap or a repeat', (example) => {
        expect(examples.get(example)?.lines.slice(4, 10)).toEqual(
          oldestFirst(46, 51).map((ended, index) => ({
            ended,
            status: (46 + index) % 3 === 0 ? 'FAILED' : 'FINISHED',
          })),
        );
      });

      test.each(EXAMPLES)('for %s lists again where the events after its cursor are pruned', (example) => {
        expect(examples.get(example)?.lines.slice(10)).toEqual([
          { page: newestFirst(52, 33) },
          { page: newestFirst(32, 13) },
          { page: newestFirst(12, 1) },
          {
            statistics: [
              { outcome: 'SUCCESS', count: 35 },
              { outcome: 'FAILURE', count: 17 },
            ],
          },
          { ended: 'run-53', status: 'FINISHED' },
        ]);
        expect(examples.get(example)?.stderr).toBe('');
      });
    });

    test('shows each run once, in its list or as it ends, while runs keep arriving', async () => {
      const tenants = EXAMPLES.map((example) => `busy-${example}`);
      const examples = EXAMPLES.map((example) => start(example, `busy-${example}`));
      let last = 0;
      while (!examples.every(({ endedRuns }) => endedRuns.length >= 5)) {
        await store(tenants, last + 1, last + 3);
        last += 3;
        await sleep(50);
        expect(last).toBeLessThan(3_000);
      }
      for (const example of examples) {
        await example.until(({ endedRuns }) => endedRuns.includes(`run-${last}`));
        const { listedRuns, endedRuns } = example;
        expect([...listedRuns.toReversed(), ...endedRuns]).toEqual(oldestFirst(1, last));
      }
    });

    test('does not show a run again that arrived after its cursor and is in its list', async () => {
      const tenants = EXAMPLES.map((example) => `late-${example}`);
      await store(tenants, 2, 1_000);
      const examples = EXAMPLES.map((example) => start(example, `late-${example}`));
      const storeOldest = async (example: ExampleProcess, tenantId: string) => {
        await example.until(({ listedRuns }) => listedRuns.length > 0);
        // Its place is on the last page, which is not read yet.
        await store([tenantId], 1, 1);
        await example.until(({ lines }) => lines.at(-1)?.statistics !== undefined);
      };
      await Promise.all(examples.map((example, index) => storeOldest(example, tenants[index] ?? '')));
      await store(tenants, 1_001, 1_001);
      for (const example of examples) {
        await example.until(({ endedRuns }) => endedRuns.includes('run-1001'));
        expect(example.endedRuns).toEqual(['run-1001']);
        expect(example.listedRuns).toEqual(newestFirst(1_000, 1));
      }
    });

    test('ends with the message and status 1 where a retry does not help', async () => {
      const expired = await toToken({ tenantId: '*', scope: 'events:read', exp: inSeconds(-60) });
      const examples = EXAMPLES.map((example) => start(example, 'any', expired));
      for (const example of examples) {
        await example.until(({ ended }) => ended !== undefined);
        expect([example.ended, example.lines]).toEqual([1, []]);
        expect(example.stderr).not.toBe('');
      }
    });
  });
});

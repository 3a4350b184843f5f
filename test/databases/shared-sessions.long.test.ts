import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { asAdmin, createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { CommandProcess } from '../support/processes/command-process.ts';
import { type Pgbouncer, startPgbouncer } from '../support/processes/pgbouncer.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { refusedStart } from '../support/processes/refused-start.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestService } from '../support/services/service.ts';

const REFUSED_WITHIN_MS = 20_000;
const REFUSAL = /DATABASE_URL: this is a connection pooler in transaction or statement mode/;

/** How PgBouncer hands out its connections; the default is the one that was used last. */
const TURNS = [
  ['the connection used last first', 'server_round_robin = 0'],
  ['its connections in turn', 'server_round_robin = 1'],
] as const;

describeWithProgram('behind PgBouncer', 'pgbouncer', (path) => {
  let tooSmall: Promise<string>;
  // The service waits 15 s for an answer of the second connection. The other tests run meanwhile.
  beforeAll(() => {
    tooSmall = startOnTooSmallPool(path);
    tooSmall.catch(() => undefined);
  });

  for (const poolMode of ['transaction', 'statement'] as const) {
    for (const [turn, setting] of TURNS) {
      describe(`in ${poolMode} mode that hands out ${turn}`, () => {
        let pgbouncer: Pgbouncer;
        let database: TestDatabase;
        let settings: { DATABASE_URL: string };

        beforeAll(async () => {
          database = await createTestDatabase('postgres');
          pgbouncer = await startPgbouncer(path, inject('postgresUrl'), {
            poolMode,
            settings: [setting],
          });
          settings = { DATABASE_URL: pgbouncer.toUrl(database.databaseUrl ?? '') };
        });
        afterAll(async () => {
          await pgbouncer?.stop();
          await database?.drop();
        });

        test('each start and each command is refused in one line within seconds', async () => {
          await expectRefusal(new ServerProcess(settings));
          await expectRefusal(new CommandProcess('migrate', [], settings));
          await expectRefusal(new CommandProcess('rebuild', [], settings));
        });

        test('three starts in turn are refused within seconds while the pooler is busy', async () => {
          const busy = new AbortController();
          const others = keepBusy(settings.DATABASE_URL, busy.signal);
          for (let time = 0; time < 3; time += 1) {
            const startedAt = performance.now();
            expect(await refusedStart(settings)).toMatch(REFUSAL);
            expect(performance.now() - startedAt).toBeLessThan(REFUSED_WITHIN_MS);
          }
          busy.abort();
          await others;
        });

        test('a start on PostgreSQL itself works afterwards, and no lock is left', async () => {
          const locks = await asAdmin(
            (sql) => sql`select * from pg_locks where locktype = 'advisory'
          and database = (select oid from pg_database where datname = ${toName(database)})`,
          );
          expect(locks).toEqual([]);
          const service = await startTestService('postgres', {}, database);
          expect(service.url).not.toBe('');
          await service.close();
        });
      });
    }
  }

  describe('in session mode', () => {
    test('a service starts, ends, and starts again; two that start at the same time both do', async () => {
      const database = await createTestDatabase('postgres');
      const poolMode = 'session';
      {
        const settings = ['default_pool_size = 40'];
        await using pgbouncer = await startPgbouncer(path, inject('postgresUrl'), { poolMode, settings });
        const pooled = { databaseUrl: pgbouncer.toUrl(database.databaseUrl ?? ''), dataDir: '' };
        for (let time = 0; time < 2; time += 1) {
          await using first = new ServerProcess({ DATABASE_URL: pooled.databaseUrl });
          await using second = new ServerProcess({ DATABASE_URL: pooled.databaseUrl });
          await Promise.all([first.ready(), second.ready()]);
          expect(await Promise.all([first.stop(), second.stop()])).toEqual([0, 0]);
        }
      }
      await database.drop();
    });

    test('a pool of one connection is refused in one line', { timeout: 60_000 }, async () => {
      expect(await tooSmall).toContain('its pool is too small');
    });
  });
});

/** Starts the service behind a pool of one connection, and returns the line of its refusal. */
async function startOnTooSmallPool(path: string): Promise<string> {
  const database = await createTestDatabase('postgres');
  try {
    const settings = ['default_pool_size = 1'];
    await using pgbouncer = await startPgbouncer(path, inject('postgresUrl'), {
      poolMode: 'session',
      settings,
    });
    return await refusedStart({ DATABASE_URL: pgbouncer.toUrl(database.databaseUrl ?? '') });
  } finally {
    await database.drop();
  }
}

async function expectRefusal(start: ServerProcess): Promise<void> {
  await using refused = start;
  const startedAt = performance.now();
  expect(await refused.end()).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(REFUSED_WITHIN_MS);
  expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(refused.stderr).toMatch(REFUSAL);
}

/** Several clients send statements through the pooler until `signal` aborts. */
async function keepBusy(url: string, signal: AbortSignal): Promise<void> {
  const client = async () => {
    await asAdmin(async (sql) => {
      while (!signal.aborted) {
        await sql.unsafe('select pg_sleep(random() * 0.01)');
        await sleep(Math.random() * 10);
      }
    }, url);
  };
  await Promise.all(Array.from({ length: 6 }, client));
}

function toName({ databaseUrl }: TestDatabase): string {
  return new URL(databaseUrl ?? '').pathname.slice(1);
}

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Relay } from '../../support/clients/relay.ts';
import { asAdmin, createTestDatabase, type TestDatabase } from '../../support/databases/databases.ts';
import { type PostgresServer, startPostgres } from '../../support/databases/start-postgres.ts';
import { runEvent } from '../../support/events/events.ts';
import { DISCARD, listQuarantined, RETRY } from '../../support/events/quarantine.ts';
import { CommandProcess } from '../../support/processes/command-process.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { faultTest } from '../scenario.ts';

/** What the service promises after a writable server has answered. */
const STORES_AGAIN_MS = 20_000;

const RELOAD = 'select pg_reload_conf()';

/**
 * Ways in which a server refuses writes and answers reads: what begins and ends them, and the
 * reason at a start.
 */
const STATES = [
  {
    name: 'open sessions become read-only at once',
    begin: (server: PostgresServer) =>
      server.execute('alter system set default_transaction_read_only = on', RELOAD),
    end: (server: PostgresServer) =>
      server.execute('alter system reset default_transaction_read_only', RELOAD),
    reason: 'default_transaction_read_only',
  },
  {
    name: 'the server restarts as a standby, and is promoted',
    async begin(server: PostgresServer) {
      await server.end('fast');
      await server.startAsStandby();
    },
    end: (server: PostgresServer) => server.promote(),
    reason: 'the server is a standby',
  },
] as const;

faultTest(
  'while the server is read-only, queries are answered, writes are UNAVAILABLE, and streams wait; then it all goes on',
  { short: STATES.length, full: STATES.length * 4, concurrent: true },
  async ({ times, seed, calm, recoveries, show }) => {
    const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-read-only-'));
    // As root, PostgreSQL runs as another user.
    chmodSync(folder, 0o755);
    const postgres = await startPostgres(join(folder, 'postgres'));
    try {
      const location = { databaseUrl: postgres.url, dataDir: '' };
      await using server = await ServerProcess.start(location);
      const relay = new Relay({ seed, urls: () => [server.url] });
      calm.push(await relay.goesOn());
      const client = server.client.as('two');
      await client.ingest(runEvent('two', {}, { id: null }));
      const ids = (await listQuarantined(client)).nodes.map(({ id }) => id);
      expect(ids).toHaveLength(1);
      for (let time = 0; time < times; time += 1) {
        const { name, begin, end, reason } = STATES[time % STATES.length] ?? STATES[0];
        await begin(postgres);
        await waitUntil(async () => (await statusOf(server, 'ready')) === 503);
        expect(await statusOf(server, 'live')).toBe(200);
        await waitUntil(() => relay.operations.at(-1)?.outcome === 'failed');
        await waitUntil(async () => (await client.request(COUNTS)).errors === undefined);
        for (let count = 0; count < 5; count += 1) {
          expect((await client.request(COUNTS)).errors, name).toBeUndefined();
          for (const mutation of [DISCARD, RETRY]) {
            const { errors } = await client.request(mutation, { input: { ids } });
            expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
          }
        }
        await expectRefusals(location, reason);

        await end(postgres);
        const recoveryMs = await relay.goesOn();
        recoveries.push(recoveryMs);
        expect(recoveryMs, name).toBeLessThan(STORES_AGAIN_MS);
        await waitUntil(async () => (await statusOf(server, 'ready')) === 200);
      }
      expect(await relay.finish()).toEqual([]);
      show(relay.figures);
      expect(relay.reconnects, 'streams stay open').toBe(0);
      expect(server.stderr).toBe('');
      expect(await server.stop()).toBe(0);
    } finally {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

/** Sessions that keep the read-only default of the moment in which they began. */
const LEFT_OVER = [
  ['all sessions', ''],
  ["all sessions but the watch's own", "and query not like '%transaction_read_only%'"],
] as const;

faultTest(
  'sessions that stay read-only after the database is writable again are replaced, and ingest stores again',
  { short: LEFT_OVER.length, full: LEFT_OVER.length * 5, concurrent: true },
  async ({ times, seed, calm, recoveries, show }) => {
    const database = await createTestDatabase('postgres');
    {
      await using server = await ServerProcess.start(database);
      const relay = new Relay({ seed, urls: () => [server.url] });
      calm.push(await relay.goesOn());
      for (let time = 0; time < times; time += 1) {
        const [name, condition] = LEFT_OVER[time % LEFT_OVER.length] ?? LEFT_OVER[0];
        await setReadOnly(database, 'on');
        await endSessions(database, condition);
        const begun = relay.operations.length;
        const isRefused = () => relay.operations.slice(begun).filter(isFailed).length >= 12;
        await waitUntil(isRefused);
        await setReadOnly(database, 'off');
        const recoveryMs = await relay.goesOn();
        recoveries.push(recoveryMs);
        expect(recoveryMs, name).toBeLessThan(STORES_AGAIN_MS);
      }
      expect(await relay.finish()).toEqual([]);
      show(relay.figures);
      expect(relay.reconnects, 'streams stay open').toBe(0);
      expect(server.stderr).toBe('');
      expect(await server.stop()).toBe(0);
    }
    await database.drop();
  },
);

const COUNTS = `{ eventLog { headPosition } automationRuns(first: 5) { totalCount nodes { runId } }
  automations { totalCount } apps { totalCount } quarantinedEvents(first: 1) { totalCount }
  automationRunStats(groupBy: [STATUS]) { count } }`;

/** A start and every command that writes end with one line each. */
async function expectRefusals(
  { databaseUrl, dataDir }: Pick<TestDatabase, 'databaseUrl' | 'dataDir'>,
  reason: string,
): Promise<void> {
  const settings = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir };
  await using start = new ServerProcess(settings);
  await using migrate = new CommandProcess('migrate', [], settings);
  await using prune = new CommandProcess('prune', ['--older-than', '90d'], settings);
  await using rebuild = new CommandProcess('rebuild', [], settings);
  for (const refused of [start, migrate, prune, rebuild]) {
    expect(await refused.end()).toBe(1);
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(refused.stderr).toMatch(/cannot \w+: DATABASE_URL: the database is read-only/);
    expect(refused.stderr).toContain(reason);
  }
}

async function setReadOnly(database: TestDatabase, value: 'on' | 'off'): Promise<void> {
  const name = toName(database);
  await asAdmin((admin) =>
    admin.unsafe(`alter database ${name} set default_transaction_read_only = ${value}`),
  );
}

async function endSessions(database: TestDatabase, condition: string): Promise<void> {
  await asAdmin((admin) =>
    admin.unsafe(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${toName(database)}' ${condition}`,
    ),
  );
}

function toName({ databaseUrl }: TestDatabase): string {
  return new URL(databaseUrl ?? '').pathname.slice(1);
}

function isFailed({ outcome }: { outcome: string }): boolean {
  return outcome === 'failed';
}

async function statusOf(server: ServerProcess, check: 'live' | 'ready'): Promise<number> {
  return (await fetch(`${server.url}/health/${check}`)).status;
}

import postgres from 'postgres';
import { describe, expect } from 'vitest';
import { Relay } from '../support/clients/relay.ts';
import { createTestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { concurrentTest, onTestEnd } from '../support/run/concurrent-test.ts';
import { waitUntil } from '../support/wait-until.ts';
import { change, isAwaited, rebuild, store, toPruning } from './rows.ts';
import { runRebuild, startKilledRebuild, startRebuild } from './run-rebuild.ts';

/** Not the tenant that the relay is at work on. */
const TENANT = 'two';
const STORED_BEFORE = 3_000;
const PRUNED_BEFORE = 5;
const TIMEOUT_MS = 90_000;
/** Ingest and readers wait for the exchange of the tables at most twice its patience of 1 s. */
const LONGEST_WAIT_MS = 10_000;

describe('a rebuild while the service serves', () => {
  const begin = async () => {
    const database = await createTestDatabase('postgres');
    onTestEnd(() => database.drop());
    await store(
      database,
      Array.from({ length: STORED_BEFORE }, () => runEvent(TENANT, { title: 'Title', blocks: [{}, {}] })),
      1_000,
    );
    return database;
  };

  concurrentTest(
    'loses nothing, and neither reader nor relay nor subscriber notices it',
    { timeout: TIMEOUT_MS },
    async () => {
      const database = await begin();
      await change(database, 'update automation_runs set title = null');
      await using server = await ServerProcess.start(database);
      const relay = new Relay({ seed: 4, urls: () => [server.url] });
      await relay.goesOn();

      const { status, stdout, notes } = await runRebuild(database);
      expect(status).toBe(2);
      expect(notes).toMatch(/^(the tables are not exchanged yet, trying again: .*\n)*$/);
      expect(stdout).toContain('automation_runs: 0 missing, 0 surplus, 3,000 different\n');
      await relay.goesOn();

      expect(await relay.finish()).toEqual([]);
      expect(relay.figures).toMatchObject({ failed: 0, unknown: 0, reconnects: 0 });
      expect(relay.slowestMs).toBeLessThan(LONGEST_WAIT_MS);
      expect(server.stderr).toBe('');
      const { automationRuns } = await server.client
        .as(TENANT)
        .data('{ automationRuns(where: { title: { eq: "Title" } }) { totalCount } }');
      expect(automationRuns.totalCount).toBe(STORED_BEFORE);
      expect(await server.stop()).toBe(0);
      expect(await rebuild(database, 1_000)).toMatchObject({ agreed: true });
    },
  );

  concurrentTest('keeps what is pruned while it reads', { timeout: TIMEOUT_MS }, async () => {
    const database = await begin();
    await change(
      database,
      `update blocks set type = 'UNKNOWN', type_name = 'odd'`,
      ...toPruning(TENANT, PRUNED_BEFORE),
    );
    {
      await using killed = startKilledRebuild(database, 100);
      expect(await killed.end(), killed.stderr).toBe('SIGKILL');
    }
    const sql = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false });
    await sql`begin`;
    await sql`select from projections_rebuild.rebuild_progress for update`;
    const running = rebuild(database, 100);
    // It waits at its next batch, with at most two more read, until nearly all is pruned.
    await waitUntil(() => isAwaited(sql), 30_000);
    for (const statement of toPruning(TENANT, STORED_BEFORE - 10)) await sql.unsafe(statement);
    await sql`commit`;
    const { agreed, lines } = await running;
    expect(agreed).toBe(false);
    expect(lines).toEqual(['resuming the interrupted rebuild', 'two: copying the facts of pruned events']);
    const [kept] = await sql`select count(*)::int as runs, count(title)::int as titles,
        (select count(*)::int from blocks where type_name is null) as blocks from automation_runs`;
    await sql.end();
    expect(kept).toEqual({ runs: STORED_BEFORE, titles: STORED_BEFORE, blocks: 2 * STORED_BEFORE });
  });

  concurrentTest(
    'waits for a long reader without making others wait for it',
    { timeout: TIMEOUT_MS },
    async () => {
      const database = await begin();
      await change(database, `update automation_runs set title = null`);
      const reader = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false });
      await reader`begin`;
      await reader`select count(*) from automation_runs`;
      await using server = await ServerProcess.start(database);
      const client = server.client.as(TENANT);
      await using running = startRebuild(database);
      let slowestMs = 0;
      await waitUntil(
        async () => {
          const askedAt = performance.now();
          await client.data('{ automationRuns(first: 1) { nodes { title } } }');
          await client.ingest(runEvent(TENANT));
          slowestMs = Math.max(slowestMs, performance.now() - askedAt);
          return (running.stderr.match(/the tables are not exchanged yet, trying again/g) ?? []).length >= 2;
        },
        60_000,
        () => running.stderr,
      );
      expect(slowestMs).toBeLessThan(LONGEST_WAIT_MS);
      await reader`commit`;
      await reader.end();
      expect(await running.end(60_000)).toBe(2);
      expect(await server.stop()).toBe(0);
    },
  );
});

import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRebuildSession } from '../../src/store/rebuild/open-session.ts';
import { listHeads } from '../../src/store/rebuild/progress.ts';
import type { RebuildStep } from '../../src/store/rebuild/rebuild.ts';
import { rebuildProjections } from '../../src/store/rebuild/rebuild-projections.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  killBackends,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { keepOpen, letGo } from '../support/databases/kept-open.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import type { ServerProcess } from '../support/processes/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';
import { change, isAwaited, readAllRows, rebuild, store } from './rows.ts';
import { runRebuild, startKilledRebuild, startRebuild } from './run-rebuild.ts';

const EVENTS = 100;
/** The embedded database takes its time to open, and is opened again and again. */
const TIMEOUT_MS = 90_000;

async function hasShadow(database: TestDatabase): Promise<boolean> {
  const [row] = await readRows(
    database,
    `select to_regnamespace('projections_rebuild') is not null as found`,
  );
  return row?.found === true;
}

describeOnEachDatabase('a rebuild that is killed', (kind) => {
  test(
    'goes on where it stopped, and makes the same rows',
    async () => {
      const database = await createTestDatabase(kind);
      keepOpen(database);
      await store(
        database,
        Array.from({ length: EVENTS }, (_, index) =>
          runEvent('one', { title: `Title ${index}`, blocks: [{}] }),
        ),
        1_000,
      );
      const rows = await readAllRows(database);
      await change(database, `delete from automation_runs where run_id like '%7'`, 'delete from blocks');
      await letGo(database);
      {
        await using killed = startKilledRebuild(database, 30);
        expect(await killed.end(60_000), killed.stderr).toBe('SIGKILL');
      }
      const [seen] = await readRows(
        database,
        `select (select position from projections_rebuild.rebuild_progress) as position,
          (select count(*) from automation_runs) as runs, (select count(*) from blocks) as blocks`,
      );
      expect(Number(seen?.position), 'what is committed stays').toBe(30);
      expect([Number(seen?.runs), Number(seen?.blocks)], 'readers see the old rows').toEqual([90, 0]);
      const { status, stdout, notes } = await runRebuild(database);
      expect(notes).toBe('resuming the interrupted rebuild\n');
      expect(stdout).toContain('automation_runs: 10 missing, 0 surplus, 0 different\n');
      expect(status).toBe(2);
      expect(await readAllRows(database)).toEqual(rows);
      await letGo(database);
      await database.drop();
    },
    TIMEOUT_MS,
  );
});

describe('an interrupted rebuild', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase('postgres');
    keepOpen(database);
    await store(
      database,
      Array.from({ length: 20 }, () => runEvent('one')),
    );
  });
  afterEach(async () => {
    await letGo(database);
    await database.drop();
  });

  /** Stops a rebuild after some batches. */
  async function interrupt(): Promise<void> {
    let batches = 0;
    const listener = {
      say: () => undefined,
      begin: () => undefined,
      compared: () => undefined,
      advance() {
        batches += 1;
        if (batches === 2) throw new Error('interrupted');
      },
    };
    await expect(
      rebuildProjections(database, { listener, signal: new AbortController().signal, batchSize: 5 }),
    ).rejects.toThrow('interrupted');
    const [row] = await readRows(database, 'select position from projections_rebuild.rebuild_progress');
    expect(Number(row?.position)).toBe(10);
  }

  test('is taken up again, unless another version of the code or of the tables has begun it', async () => {
    await interrupt();
    // What is in the shadow already is not made again, which a row that only it has can tell.
    const mark = `update projections_rebuild.automation_runs set title = 'from the shadow'
      where run_id = (select min(run_id) from projections_rebuild.automation_runs)`;
    await change(database, mark);
    const resumed = await rebuild(database);
    expect(resumed.lines).toContain('resuming the interrupted rebuild');
    expect(resumed.tables.find(({ table }) => table === 'automation_runs')).toMatchObject({ different: 1 });

    for (const statement of [
      `update projections_rebuild.rebuild_state set fingerprint = '0' || fingerprint`,
      'create index on automation_runs (title)',
      'drop table projections_rebuild.rebuild_state',
    ]) {
      await interrupt();
      await change(database, mark, statement);
      const { lines, tables } = await rebuild(database);
      expect(lines).toContain('the interrupted rebuild was of another version: starting again');
      expect(tables.find(({ table }) => table === 'blocks')).toMatchObject({ different: 0 });
    }
  });

  test.each(['reading the log', 'comparing', 'creating indexes'] as const)(
    'can be told to stop while %s',
    async (step) => {
      await change(database, `update automation_runs set title = 'Other'`);
      const rows = await readAllRows(database);
      const stopping = new AbortController();
      const listener = {
        say: () => undefined,
        begin: ({ name }: RebuildStep) => void (name === step && stopping.abort(new Error('told to stop'))),
        advance: () => undefined,
        compared: () => undefined,
      };
      const { signal } = stopping;
      await expect(rebuildProjections(database, { listener, signal, batchSize: 5 })).rejects.toThrow(
        'told to stop',
      );
      expect(await readAllRows(database), 'the old rows are still there').toEqual(rows);
      const [row] = await readRows(database, 'select position from projections_rebuild.rebuild_progress');
      expect(Number(row?.position)).toBe(step === 'reading the log' ? 0 : 20);
      const { agreed, lines } = await rebuild(database);
      expect(lines).toEqual(['resuming the interrupted rebuild']);
      expect(agreed).toBe(false);
      expect(await hasShadow(database)).toBe(false);
    },
  );

  test('does not go on with tables with which another one has gone on', async () => {
    await interrupt();
    const sql = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false });
    await sql`begin`;
    await sql`select from projections_rebuild.rebuild_progress for update`;
    const running = rebuild(database, 5);
    running.catch(() => undefined);
    await waitUntil(() => isAwaited(sql), 30_000);
    await sql`update projections_rebuild.rebuild_progress set position = 15`;
    await sql`commit`;
    await sql.end();
    await expect(running).rejects.toThrow('Another rebuild has continued with these tables.');
  });

  describe('and then told to stop, or cut off', () => {
    let sql: postgres.Sql;
    let running: ServerProcess;
    beforeEach(async () => {
      await interrupt();
      // It waits at its next batch until this transaction ends.
      sql = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false });
      await sql`begin`;
      await sql`select from projections_rebuild.rebuild_progress for update`;
      running = startRebuild(database);
      await waitUntil(() => isAwaited(sql), 30_000);
    });
    afterEach(async () => {
      await running[Symbol.asyncDispose]();
      await sql.end();
    });

    test.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('ends after its batch at a %s, with the status that shells give', async (signal, status) => {
      running.child.kill(signal);
      await sql`commit`;
      expect(await running.end()).toBe(status);
      expect(running.stdout).toBe('');
      expect(running.stderr).toMatch(/\nInterrupted\. Run it again to resume\.\n$/);
      expect(await runRebuild(database)).toMatchObject({
        status: 0,
        notes: 'resuming the interrupted rebuild\n',
      });
    });

    test('says that the connection to the database was lost', async () => {
      await killBackends(database);
      expect(await running.end()).toBe(1);
      expect(running.stderr).toContain(
        'qlik-event-graph cannot rebuild: the connection to the database was lost; run it again to resume.\n',
      );
      expect(await runRebuild(database)).toMatchObject({
        status: 0,
        notes: 'resuming the interrupted rebuild\n',
      });
    });
  });

  test('can be abandoned, and then nothing is left of it', async () => {
    await interrupt();
    const rows = await readAllRows(database);
    expect(await runRebuild(database, '--abandon')).toEqual({
      status: 0,
      stdout: 'The interrupted rebuild is deleted.\n',
      notes: '',
    });
    expect(await hasShadow(database)).toBe(false);
    expect(await readAllRows(database)).toEqual(rows);
    const { stdout } = await runRebuild(database, '--abandon');
    expect(stdout).toBe('There is no interrupted rebuild.\n');
    expect((await rebuild(database)).lines).not.toContain('resuming the interrupted rebuild');
  });
});

describeOnEachDatabase('a second rebuild', (kind) => {
  test('is refused with a line that says who is at it, and the first goes on', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const database = await createTestDatabase(kind);
    await store(database, [runEvent('one')]);
    {
      await using session = await openRebuildSession(database);
      for (const args of [[], ['--abandon']]) {
        const { status, notes } = await runRebuild(database, ...args);
        expect(status).toBe(1);
        expect(notes).toMatch(
          kind !== 'pglite'
            ? /^qlik-event-graph cannot rebuild: another rebuild is running on this database since [-\d]+ [:\d]+ UTC, from 127\.0\.0\.1\n$/
            : new RegExp(
                `^qlik-event-graph cannot rebuild: DATA_DIR: .* is in use by process ${process.pid};`,
              ),
        );
      }
      expect(await session.inShadow((shadow) => listHeads(shadow))).toEqual(new Map([['one', 1]]));
    }
    expect((await runRebuild(database)).status).toBe(0);
    await database.drop();
  });
});

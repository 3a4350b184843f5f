import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRebuildSession } from '../../src/store/rebuild/open-session.ts';
import { listHeads } from '../../src/store/rebuild/progress.ts';
import { rebuildProjections } from '../../src/store/rebuild/rebuild-projections.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  killBackends,
  type TestDatabase,
} from '../support/databases.ts';
import { runEvent } from '../support/events.ts';
import { readRows } from '../support/rows.ts';
import { waitUntil } from '../support/wait-until.ts';
import { change, readAllRows, rebuild, store } from './rows.ts';
import { runRebuild, startRebuild } from './run-rebuild.ts';

const EVENTS = 4_000;
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
      await store(
        database,
        Array.from({ length: EVENTS }, (_, index) =>
          runEvent('one', { title: `Title ${index}`, blocks: [{}] }),
        ),
        1_000,
      );
      const rows = await readAllRows(database);
      await change(database, `delete from automation_runs where run_id like '%7'`, 'delete from blocks');
      let position = 0;
      // Until one is hit after its first batch; what is slow here is opening the embedded database.
      for (let delayMs = 150; position === 0; delayMs *= 3) {
        await using killed = startRebuild(database);
        await waitUntil(
          () => killed.stderr.includes('reading the log'),
          60_000,
          () => killed.stderr,
        );
        await sleep(delayMs);
        expect(await killed.stop('SIGKILL'), killed.stderr).toBe('SIGKILL');
        const [seen] = await readRows(
          database,
          `select (select position from projections_rebuild.rebuild_progress) as position,
            (select count(*) from automation_runs) as runs, (select count(*) from blocks) as blocks`,
        );
        expect([Number(seen?.runs), Number(seen?.blocks)], 'readers see the old rows').toEqual([3_600, 0]);
        position = Number(seen?.position);
      }
      const { status, stdout, notes } = await runRebuild(database);
      expect(notes).toBe('going on where an interrupted rebuild stopped\n');
      expect(stdout).toContain('automation_runs: 400 missing, 0 surplus, 0 different\n');
      expect(status).toBe(2);
      expect(await readAllRows(database)).toEqual(rows);
      await database.drop();
    },
    TIMEOUT_MS,
  );
});

describe('an interrupted rebuild', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase('postgres');
    await store(
      database,
      Array.from({ length: 20 }, () => runEvent('one')),
    );
  });
  afterEach(() => database.drop());

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
    expect(resumed.lines).toContain('going on where an interrupted rebuild stopped');
    expect(resumed.tables.find(({ table }) => table === 'automation_runs')).toMatchObject({ different: 1 });

    for (const statement of [
      `update projections_rebuild.rebuild_state set fingerprint = '0' || fingerprint`,
      'create index on automation_runs (title)',
      'drop table projections_rebuild.rebuild_state',
    ]) {
      await interrupt();
      await change(database, mark, statement);
      const { lines, tables } = await rebuild(database);
      expect(lines).toContain('an interrupted rebuild was of another version: beginning anew');
      expect(tables.find(({ table }) => table === 'blocks')).toMatchObject({ different: 0 });
    }
  });

  test('stops between two batches when it is told to, with the status that shells give', async () => {
    await store(
      database,
      Array.from({ length: 5_000 }, () => runEvent('one')),
      1_000,
    );
    await using running = startRebuild(database);
    await waitUntil(() => running.stderr.includes('reading the log'), 30_000);
    expect(await running.stop('SIGINT')).toBe(130);
    expect(running.stderr).toMatch(/\nInterrupted\. Run it again to go on\.\n$/);
    expect(await runRebuild(database)).toMatchObject({
      status: 0,
      notes: 'going on where an interrupted rebuild stopped\n',
    });
  });

  test('says that the database went away, where it did', async () => {
    await store(
      database,
      Array.from({ length: 5_000 }, () => runEvent('one')),
      1_000,
    );
    await using running = startRebuild(database);
    await waitUntil(() => running.stderr.includes('reading the log'), 30_000);
    await killBackends(database);
    expect(await running.end()).toBe(1);
    expect(running.stderr).toContain(
      'qlik-event-graph cannot rebuild: the database went away; run it again to go on.\n',
    );
    expect(await runRebuild(database)).toMatchObject({ status: 0 });
  });

  test('can be abandoned, and then nothing is left of it', async () => {
    await interrupt();
    const rows = await readAllRows(database);
    expect(await runRebuild(database, '--abandon')).toEqual({
      status: 0,
      stdout: 'The interrupted rebuild is taken away.\n',
      notes: '',
    });
    expect(await hasShadow(database)).toBe(false);
    expect(await readAllRows(database)).toEqual(rows);
    const { stdout } = await runRebuild(database, '--abandon');
    expect(stdout).toBe('There is no interrupted rebuild.\n');
    expect((await rebuild(database)).lines).not.toContain('going on where an interrupted rebuild stopped');
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
          kind === 'postgres'
            ? /^qlik-event-graph cannot rebuild: another rebuild is under way on this database since [-\d]+ [:\d]+ UTC, from 127\.0\.0\.1\n$/
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

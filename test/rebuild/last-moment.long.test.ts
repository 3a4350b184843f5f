import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { describe, expect } from 'vitest';
import { createTestDatabase } from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import { concurrentTest, onTestEnd } from '../support/run/concurrent-test.ts';
import { waitUntil } from '../support/wait-until.ts';
import { change, isAwaited, readAllRows, rebuild, store, toPruning } from './rows.ts';

const TIMEOUT_MS = 60_000;
/** More than a rebuild folds while everybody waits for it. */
const MANY = 2_100;

describe('events that are stored in the last moment of a rebuild', () => {
  /**
   * Stores events and their rows, of which the last ones are behind the head of the log: for those
   * who look they are not there.
   */
  async function storeBeyondHead(before: number, after: number) {
    const database = await createTestDatabase('postgres');
    const sql = postgres(database.databaseUrl ?? '', { max: 1, fetch_types: false });
    onTestEnd(async () => {
      await sql.end();
      await database.drop();
    });
    await store(
      database,
      Array.from({ length: before + after }, () => runEvent('one', { title: 'Title', blocks: [{}] })),
      1_000,
    );
    const rows = await readAllRows(database);
    await change(database, `update tenants set head = ${before}`);
    return { database, sql, rows };
  }

  /**
   * Rebuilds while a transaction is open that moves the head and does more; it is committed once
   * the exchange has waited for it so long.
   */
  async function rebuildBeside(
    { database, sql }: Awaited<ReturnType<typeof storeBeyondHead>>,
    head: number,
    statements: string[] = [],
    holdMs = 0,
  ) {
    await sql`begin`;
    await sql`update tenants set head = ${head}`;
    for (const statement of statements) await sql.unsafe(statement);
    let isDone = false;
    const running = rebuild(database).finally(() => {
      isDone = true;
    });
    // Met below; an early end is told by the wait.
    running.catch(() => undefined);
    await waitUntil(async () => isDone || isAwaited(sql), 30_000);
    expect(isDone, 'it has put new tables in place while a transaction was storing').toBe(false);
    await sleep(holdMs);
    await sql`commit`;
    return running;
  }

  concurrentTest('are in the new rows', { timeout: TIMEOUT_MS }, async () => {
    const stored = await storeBeyondHead(19, 1);
    const { database, rows } = stored;
    expect(await rebuildBeside(stored, 20)).toMatchObject({ agreed: false });
    expect(await readAllRows(database)).toEqual(rows);
  });

  concurrentTest('are not waited for so long that others had to wait', { timeout: TIMEOUT_MS }, async () => {
    const stored = await storeBeyondHead(19, 1);
    const { database, rows } = stored;
    const { lines } = await rebuildBeside(stored, 20, [], 1_500);
    expect(lines).toContain('the tables are not exchanged yet, trying again: the tables are in use');
    expect(await readAllRows(database)).toEqual(rows);
  });

  concurrentTest(
    'are in the new rows, also where they are pruned at once',
    { timeout: TIMEOUT_MS },
    async () => {
      const stored = await storeBeyondHead(19, 1);
      const { database, rows } = stored;
      await rebuildBeside(stored, 20, toPruning('one', 20));
      const withoutRaw = (row: string) => row.replace(/,"raw":.*$/, '');
      expect((await readAllRows(database)).map(withoutRaw)).toEqual(rows.map(withoutRaw));
    },
  );

  concurrentTest(
    'are folded before others have to wait, where they are many',
    { timeout: TIMEOUT_MS },
    async () => {
      const stored = await storeBeyondHead(19, MANY);
      const { database, rows } = stored;
      const { lines } = await rebuildBeside(stored, 19 + MANY);
      // On a machine that stood still the exchange has given up before.
      expect(lines.join()).toMatch(
        new RegExp(`trying again: (${MANY} new events have arrived|the tables are in use)`),
      );
      expect(await readAllRows(database)).toEqual(rows);
    },
  );

  concurrentTest(
    'do not bring new rows into tables that have changed meanwhile',
    { timeout: TIMEOUT_MS },
    async () => {
      const stored = await storeBeyondHead(19, 1);
      const { database, rows } = stored;
      await expect(
        rebuildBeside(stored, 20, ['create index "of an operator" on automation_runs (title)']),
      ).rejects.toMatchObject({
        problems: ['the tables were changed during the rebuild, so the new rows do not fit; run it again'],
      });
      expect(await readAllRows(database), 'the old rows are still there').toEqual(rows);
      const again = await rebuild(database);
      expect(again.lines).toContain('the interrupted rebuild was of another version: starting again');
      expect(await readAllRows(database)).toEqual(rows);
      const shadows = await readRows(
        database,
        `select 1 from pg_namespace where nspname = 'projections_rebuild'`,
      );
      expect(shadows).toEqual([]);
    },
  );
});

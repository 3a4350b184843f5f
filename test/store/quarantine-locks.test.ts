import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Instant } from '../../src/domain/values/instant.ts';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { recordEvents } from '../../src/store/write/record-events.ts';
import type { QuarantinedItem } from '../../src/store/write/record-quarantined.ts';
import { removeQuarantined, updateProblems } from '../../src/store/write/settle-quarantined.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';

const toItem = (itemKey: string): QuarantinedItem & { tenantId: string } => ({
  ...{ tenantId: 'tenant', itemKey, rawText: '{}', origin: 'DIRECT', batchIndex: 0, problems: [] },
  receivedAt: '2026-01-01T00:00:00.000Z' as Instant,
});
/** So many and so long that single ones are looked up by their keys, in the order given. */
const OTHERS = Array.from({ length: 10_000 }, (_, index) => ({
  ...toItem(`other-${index}`),
  rawText: JSON.stringify({ text: 'x'.repeat(1_500) }),
}));
const ITEMS = ['a', 'm', 'z'].map(toItem);

const recordQuarantined = (database: Database, items: readonly QuarantinedItem[]) =>
  recordEvents(database, 'tenant', [], items);

type Work = (database: Database, items: typeof ITEMS) => Promise<unknown>;

/**
 * While a session holds the item in the middle, one writer comes from the front and one from the
 * back: if each took its locks in an order of its own, each would hold what the other one needs.
 */
describe('two writers of the same quarantined items', () => {
  let place: TestDatabase;
  let holder: postgres.Sql;
  let watcher: postgres.Sql;
  const databases: Database[] = [];
  beforeAll(async () => {
    place = await createTestDatabase('postgres');
    databases.push(await openDatabase(place), await openDatabase(place));
    const url = place.databaseUrl ?? '';
    [holder, watcher] = [postgres(url, { max: 1 }), postgres(url, { max: 1 })];
    await recordQuarantined(databases[0] as Database, OTHERS);
    await watcher`analyze quarantine`;
  });
  afterAll(async () => {
    await Promise.all([holder.end(), watcher.end()]);
    await place.drop();
  });

  async function untilWaiting(count: number): Promise<void> {
    const countWaiting = async () => {
      const [row] = await watcher`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      return row?.count;
    };
    await expect.poll(countWaiting, { timeout: 10_000 }).toBe(count);
  }

  /**
   * Lets both work on the items, from the front and from the back, while `hold` has the middle one.
   */
  async function workFromBothEnds(hold: (sql: postgres.Sql) => Promise<unknown>, work: Work) {
    const [first, second] = databases as [Database, Database];
    const working: Promise<unknown>[] = [];
    await holder`begin`;
    await hold(holder);
    working.push(work(first, ITEMS));
    await untilWaiting(1);
    working.push(work(second, ITEMS.toReversed()));
    await untilWaiting(2);
    await holder`rollback`;
    return Promise.all(working);
  }

  const lockMiddle = (sql: postgres.Sql) =>
    sql`select 1 from quarantine where item_key = 'm' and tenant_id = 'tenant' for update`;

  test('put them there', async () => {
    await workFromBothEnds(
      (sql) => sql`insert into quarantine (tenant_id, item_key, received_at, problems, raw)
        values ('tenant', 'm', now(), '[]', '{}')`,
      recordQuarantined,
    );
    const rows =
      await watcher`select item_key from quarantine where item_key not like 'other%' order by item_key`;
    expect(rows.map(({ item_key }) => item_key)).toEqual(['a', 'm', 'z']);
  });

  test('keep why they wait', async () => {
    let count = 0;
    await workFromBothEnds(lockMiddle, (database, items) => {
      count += 1;
      const message = `found by ${count}`;
      return updateProblems(
        database,
        items.map((key) => ({ key, problems: [{ code: 'MISSING_ID', message, path: undefined }] })),
      );
    });
    const rows =
      await watcher`select distinct problems::text from quarantine where item_key not like 'other%'`;
    expect(rows.map(({ problems }) => problems)).toEqual([expect.stringContaining('found by 2')]);
  });

  test('take them out, and each is counted once', async () => {
    const removed = await workFromBothEnds(lockMiddle, removeQuarantined);
    expect(removed).toEqual([3, 0]);
  });

  test('and nobody meets a deadlock', async () => {
    // The server counts what a connection has met when that connection ends.
    await Promise.all(databases.map((database) => database[Symbol.asyncDispose]()));
    const [row] = await readRows(
      place,
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(Number(row?.deadlocks)).toBe(0);
  });
});

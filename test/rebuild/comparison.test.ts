import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { keepOpen, letGo } from '../support/databases/kept-open.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { runEvent } from '../support/events/events.ts';
import { change, readAllRows, rebuild, store } from './rows.ts';

/** Blocks are compared 5,000 at a time, so these are three stretches; the third has few. */
const RUNS = 11;
const BLOCKS = 1_000;
const TIMEOUT_MS = 90_000;

describeOnEachDatabase('the comparison of a large table', (kind) => {
  let database: TestDatabase;
  // Each test ends with the rows with which it began.
  beforeAll(async () => {
    database = await createTestDatabase(kind);
    keepOpen(database);
    const blocks = Array.from({ length: BLOCKS }, () => ({ type: 'baseBlock' }));
    const events = Array.from({ length: RUNS }, (_, index) =>
      runEvent('one', { id: `run-${10 + index}`, blocks }),
    );
    await store(database, events, 3);
  });
  afterAll(async () => {
    await letGo(database);
    await database.drop();
  });

  test('sees the first and the last row of each stretch', { timeout: TIMEOUT_MS }, async () => {
    const rows = await readAllRows(database);
    await change(
      database,
      `update blocks set api_calls = 7 where (run_id, ordinal) in
        (('run-10', 0), ('run-14', 999), ('run-15', 0), ('run-19', 999), ('run-20', 0), ('run-20', 999))`,
    );
    const { agreed, tables } = await rebuild(database);
    expect(agreed).toBe(false);
    expect(tables.find(({ table }) => table === 'blocks')).toMatchObject({
      ...{ rows: RUNS * BLOCKS, missing: 0, surplus: 0, different: 6 },
      examples: [10, 14, 15, 19, 20].map((run) => ({
        key: { tenant_id: 'one', run_id: `run-${run}` },
        columns: ['api_calls'],
      })),
    });
    expect(await readAllRows(database)).toEqual(rows);
  });

  test('sees what is missing or too much in one stretch alone', { timeout: TIMEOUT_MS }, async () => {
    const rows = await readAllRows(database);
    const changes = [
      [`delete from blocks where run_id = 'run-20' and ordinal = 999`, { missing: 1, surplus: 0 }],
      [`update blocks set ordinal = -1 where run_id = 'run-10' and ordinal = 0`, { missing: 1, surplus: 1 }],
      [
        `insert into apps (tenant_id, app_id, last_event_at, origins)
          values ('one', 'surplus', now(), '{"stamps":[]}')`,
        { missing: 0, surplus: 1 },
      ],
    ] as const;
    for (const [statement, found] of takeTurns(kind, changes, 1)) {
      await change(database, statement);
      const { agreed, tables } = await rebuild(database, 1_000);
      expect(agreed, statement).toBe(false);
      const differing = tables.filter(({ missing, surplus, different }) => missing + surplus + different > 0);
      expect(differing, statement).toMatchObject([{ ...found, different: 0 }]);
      expect(await readAllRows(database)).toEqual(rows);
    }
  });
});

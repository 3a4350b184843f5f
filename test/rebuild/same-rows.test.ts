import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toHistories } from '../store/histories.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { keepOpen, letGo } from '../support/databases/kept-open.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { toDose } from '../support/run/dose.ts';
import { change, readAllRows, rebuild, store, toPruning } from './rows.ts';

/** Many tenants at once, as opening a database costs more than they do. */
const TENANTS = toDose({ short: 8, full: 20 });
const MOST_EVENTS = 24;
const ARRIVED_BEFORE_PRUNING = 16;
const histories = fc
  .array(toHistories(MOST_EVENTS), { minLength: TENANTS, maxLength: TENANTS })
  .map((all) => all.map((events, index) => events.map((event) => ({ ...event, tenantid: tenantOf(index) }))));
const cuts = fc.array(fc.nat({ max: ARRIVED_BEFORE_PRUNING }), { minLength: TENANTS, maxLength: TENANTS });
const ONCE = { numRuns: 1, endOnFailure: true };
/** The embedded database takes its time to open, and is opened again and again. */
const TIMEOUT_MS = 90_000;

/** Rows that come from no event; their origins name an event that is not in the log. */
const SURPLUS = `insert into apps (tenant_id, app_id, last_event_at, origins)
  select tenant_id, 'surplus', now(), '{"stamps":[["2026-01-01T00:00:00.000Z","app.created","nowhere","nothing"]]}'
  from tenants`;
const EVERYTHING = ['automations', 'automation_runs', 'blocks', 'apps', 'app_reloads'];

function tenantOf(index: number): string {
  return `tenant-${index}`;
}

describeOnEachDatabase('a rebuild', (kind) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(kind);
    keepOpen(database);
  });
  afterEach(async () => {
    await letGo(database);
    await database.drop();
  });

  const makesTheSame = async (all: object[][]) => {
    await store(database, all.flat(), 40);
    const rows = await readAllRows(database);
    expect(await rebuild(database)).toMatchObject({ agreed: true, reread: 0, refused: 0 });
    expect(await readAllRows(database)).toEqual(rows);

    await change(database, ...EVERYTHING.map((table) => `delete from ${table}`));
    expect(await rebuild(database)).toMatchObject({ agreed: false });
    expect(await readAllRows(database)).toEqual(rows);
  };

  const keepsWhatIsPruned = async (all: object[][], through: number[]) => {
    await store(
      database,
      all.flatMap((events) => events.slice(0, ARRIVED_BEFORE_PRUNING)),
      40,
    );
    const prunings = all.flatMap((events, index) =>
      toPruning(tenantOf(index), Math.min(through[index] ?? 0, events.length)),
    );
    await change(database, ...prunings);
    const later = all.flatMap((events) => events.slice(ARRIVED_BEFORE_PRUNING));
    await store(database, later, 40);
    const rows = await readAllRows(database);
    expect(await rebuild(database)).toMatchObject({ agreed: true });
    expect(await readAllRows(database)).toEqual(rows);

    await change(database, SURPLUS, 'delete from blocks');
    expect(await rebuild(database)).toMatchObject({ agreed: false });
    expect(await readAllRows(database)).toEqual(rows);
  };

  const properties: [title: string, property: fc.IRawProperty<unknown>][] = [
    [
      'makes the same rows from the log alone, whatever the history',
      fc.asyncProperty(histories, makesTheSame),
    ],
    [
      'keeps what pruned events told, whatever the history',
      fc.asyncProperty(histories, cuts, keepsWhatIsPruned),
    ],
  ];
  test.each(takeTurns(kind, properties, 1))('%s', { timeout: TIMEOUT_MS }, async (_, property) => {
    await fc.assert(property, ONCE);
  });
});

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { keepOpen, letGo } from '../support/databases/kept-open.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { change, readAllRows, store, toPruning } from './rows.ts';
import { runRebuild } from './run-rebuild.ts';

/** The embedded database takes its time to open, and is opened again and again. */
const TIMEOUT_MS = 90_000;

function toEvents(): object[] {
  return [
    ...[1, 2, 3, 4, 5, 6, 7].map((number) =>
      runEvent('one', { id: `run-${number}`, title: `Title ${number}`, blocks: [{ type: 'baseBlock' }, {}] }),
    ),
    appEvent('one', 'app.created', { attributes: { id: 'app-1', name: 'Sales', custom: 'x\u0000y' } }),
    appEvent('one', 'app.reload.finished', { reloadId: 'reload-1', duration: 7 }),
    runEvent('two', { id: 'run-1' }),
  ];
}

describeOnEachDatabase('npm run rebuild', (kind) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(kind);
    keepOpen(database);
    await store(database, toEvents());
  });
  afterEach(async () => {
    await letGo(database);
    await database.drop();
  });

  test('says where they did not, in rows and in the log, and mends it', { timeout: TIMEOUT_MS }, async () => {
    const rows = await readAllRows(database);
    await change(
      database,
      `delete from automation_runs where tenant_id = 'one' and run_id = 'run-2'`,
      `update automation_runs set title = 'Other', status = 'RUNNING' where run_id = 'run-3'`,
      `update automation_runs set origins = '5' where run_id = 'run-4'`,
      `update blocks set run_id = 'run-99' where run_id = 'run-5'`,
      `update apps set extra_attributes = '{}', origins = '{"stamps":[]}'`,
      `update app_reloads set duration = 8`,
      `update automations set last_run_at = '2020-01-01' where tenant_id = 'two'`,
      `update events set app_id = null, warnings = '[1]' where type_key = 'app.created'`,
    );
    const { status, stdout, notes } = await runRebuild(database);
    expect({ status, notes }).toEqual({ status: 2, notes: '' });
    const lines = stdout.split('\n');
    for (const line of [
      'automations: 0 missing, 0 surplus, 1 different',
      '  different: tenant_id "two", automation_id "automation-1": last_run_at',
      'automation_runs: 1 missing, 0 surplus, 2 different',
      '  missing: tenant_id "one", run_id "run-2"',
      '  different: tenant_id "one", run_id "run-3": title, status',
      '  different: tenant_id "one", run_id "run-4": origins',
      'blocks: 2 missing, 2 surplus, 0 different',
      '  missing: tenant_id "one", run_id "run-5", ordinal 0',
      '  surplus: tenant_id "one", run_id "run-99", ordinal 1',
      'apps: 0 missing, 0 surplus, 1 different',
      '  different: tenant_id "one", app_id "app-1": extra_attributes, origins',
      'app_reloads: 0 missing, 0 surplus, 1 different',
      'log: 1 event had columns that this version reads differently; rewritten',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.at(-2)).toMatch(/^The projections did not agree with the log and now do \(10 events, /);
    expect(stdout).not.toMatch(/Sales|Title|Other/);
    expect(await readAllRows(database)).toEqual(rows);

    const again = await runRebuild(database);
    expect({ status: again.status, notes: again.notes }).toEqual({ status: 0, notes: '' });
    expect(again.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^The log and the projections agree \(10 events, \d+ rows, \d+ s, \d+\/s\)\.$/,
    );
    expect(again.stdout).not.toMatch(/missing|surplus|different/);
  });
});

describe('npm run rebuild', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase('postgres');
    keepOpen(database);
    await store(database, toEvents());
  });
  afterEach(async () => {
    await letGo(database);
    await database.drop();
  });

  test('tells the first few of many differences, and how many there are', async () => {
    await change(database, `update blocks set api_calls = 5`);
    const { stdout } = await runRebuild(database);
    expect(stdout).toContain('blocks: 0 missing, 0 surplus, 14 different\n');
    expect(stdout.match(/ {2}different: .*: api_calls\n/g)).toHaveLength(5);
  });

  test('mends what a damaged row says of kept events, and leaves what pruned ones told as it stands', async () => {
    const rows = await readAllRows(database);
    await change(
      database,
      ...toPruning('one', 4),
      `update automation_runs set title = 'Other' where run_id in ('run-4', 'run-5')`,
      `update blocks set type = 'UNKNOWN'`,
      `delete from automation_runs where run_id in ('run-6')`,
    );
    expect((await runRebuild(database)).status).toBe(2);
    const expected = rows.map((row) =>
      row.replace('"title":"Title 4","title_key":"title 4"', '"title":"Other","title_key":"other"'),
    );
    const withoutRaw = (row: string) => row.replace(/,"raw":.*$/, '');
    expect((await readAllRows(database)).map(withoutRaw)).toEqual(expected.map(withoutRaw));
  });

  test('says how many events are pruned, because their facts are copied without verification', async () => {
    const before = await runRebuild(database);
    expect(before.stdout).not.toContain('pruned');
    await change(
      database,
      ...toPruning('one', 4),
      ...toPruning('two', 1),
      `update automation_runs set title = 'Other', title_key = 'other' where run_id = 'run-4'`,
    );
    const { status, stdout } = await runRebuild(database);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^log: 5 events pruned; their facts are copied without verification\nThe log and the projections agree \(10 events, /,
    );
    await change(database, `delete from automation_runs where run_id = 'run-6'`);
    const again = await runRebuild(database);
    expect(again.status).toBe(2);
    expect(again.stdout).toMatch(
      /\nlog: 5 events pruned; .*\nThe projections did not agree with the log and now do \(/,
    );
  });

  test('names events that it refuses, and goes on without them', async () => {
    await change(
      database,
      `update events set raw = '{"specversion":"1.0","id":"e","type":"app.created"}' where tenant_id = 'one' and position = 2`,
      `update events set raw = '"text"' where tenant_id = 'one' and position = 3`,
    );
    const { status, stdout, notes } = await runRebuild(database);
    expect(status).toBe(2);
    expect(notes).toBe(
      'one: this version refuses the event at position 2 (MISSING_TENANT /tenantid), and 1 more in this batch\n',
    );
    expect(stdout).toContain(
      'log: 2 events refused by this version; the projections contain nothing from them\n',
    );
    expect(stdout).toContain('automation_runs: 0 missing, 2 surplus, 0 different\n');
  });

  test('ends with status 2 also where the log alone was not as this version reads it', async () => {
    await change(database, `update events set app_id = null where type_key = 'app.created'`);
    const reread = await runRebuild(database);
    expect(reread.stdout).toMatch(
      /^log: 1 event had columns that this version reads differently; rewritten\nThe log and the projections agree \(/,
    );
    expect(reread.status).toBe(2);
    await change(
      database,
      `update events set raw = '"text"' where tenant_id = 'two'`,
      ...['automation_runs', 'automations'].map((table) => `delete from ${table} where tenant_id = 'two'`),
    );
    const refused = await runRebuild(database);
    expect(refused.stdout).toMatch(
      /^log: 1 event refused by this version; the projections contain nothing from them\nThe log and the projections agree \(/,
    );
    expect(refused.status).toBe(2);
  });

  test('keeps the identity of an event whose body names another one', async () => {
    const rows = await readAllRows(database);
    await change(
      database,
      `update events set raw = replace(raw::text, '"source":"com.qlik/engine"', '"source":"elsewhere"')::json
        where type_key like 'app.%'`,
    );
    const { status } = await runRebuild(database);
    expect(status).toBe(0);
    const withoutRaw = (row: string) => row.replace(/,"raw":.*$/, '');
    expect((await readAllRows(database)).map(withoutRaw)).toEqual(rows.map(withoutRaw));
  });

  test('refuses arguments that it does not know', async () => {
    const { status, notes } = await runRebuild(database, '--drop');
    expect(status).toBe(1);
    expect(notes).toBe("qlik-event-graph cannot rebuild: Unknown option '--drop'. See --help.\n");
  });
});

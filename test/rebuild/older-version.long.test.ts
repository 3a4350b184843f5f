import { afterEach, beforeEach, expect, test } from 'vitest';
import { PROJECTION_VERSION } from '../../src/store/tables/projection-tables.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { keepOpen, letGo } from '../support/databases/kept-open.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import { startTestService } from '../support/services/service.ts';
import { change, readAllRows, store } from './rows.ts';
import { runRebuild } from './run-rebuild.ts';

/** The embedded database takes its time to open, and is opened again and again. */
const TIMEOUT_MS = 90_000;

describeOnEachDatabase('projections of an older version', (kind) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(kind);
    keepOpen(database);
    await store(database, [runEvent('one', { title: 'Title' }), runEvent('two')]);
  });
  afterEach(async () => {
    await letGo(database);
    await database.drop();
  });

  async function warnings(): Promise<string[]> {
    await letGo(database);
    const service = await startTestService(kind, {}, database);
    await service.close();
    return service.log.filter((line) => line.includes('older version')).map((line) => JSON.parse(line).msg);
  }

  test('are named by the service when it starts, until a rebuild has made them anew', {
    timeout: TIMEOUT_MS,
  }, async () => {
    expect(await warnings()).toEqual([]);
    const rows = await readAllRows(database);
    // What the older version read of two fields, one of them of the log itself.
    await change(
      database,
      `update tenants set projection_version = 0 where tenant_id = 'one'`,
      'update automation_runs set title = null, title_key = null',
      'update events set run_id = null',
    );
    expect(await warnings()).toEqual([
      'the projections were written by an older version: run `npm run rebuild` to read the log again',
    ]);
    const { status, stdout, notes } = await runRebuild(database);
    expect({ status, notes }).toEqual({ status: 0, notes: '' });
    expect(stdout).toContain('automation_runs: 0 missing, 0 surplus, 1 different\n');
    expect(stdout).toMatch(/\nAn older version had built the projections; they are rebuilt \(2 events, /);
    expect(await readAllRows(database)).toEqual(rows);
    expect(await warnings()).toEqual([]);
  });

  test('that are the same in this version are just noted as its own', { timeout: TIMEOUT_MS }, async () => {
    await change(database, 'update tenants set projection_version = 0');
    expect(await runRebuild(database)).toMatchObject({ status: 0 });
    const versions = await readRows(database, 'select projection_version from tenants');
    expect(versions).toEqual([
      { projection_version: PROJECTION_VERSION },
      { projection_version: PROJECTION_VERSION },
    ]);
  });
});

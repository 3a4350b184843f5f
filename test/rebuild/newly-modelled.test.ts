import { expect, test } from 'vitest';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases/databases.ts';
import { keepOpen, letGo } from '../support/databases/kept-open.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import { change, readAllRows, rebuild, store } from './rows.ts';

/** The embedded database takes its time to open, and is opened again and again. */
const TIMEOUT_MS = 90_000;

describeOnEachDatabase('a rebuild', (kind) => {
  test('reads an event whose type an older version did not model', { timeout: TIMEOUT_MS }, async () => {
    const database = await createTestDatabase(kind);
    keepOpen(database);
    const type = 'com.qlik.workflows.automation.run.ended';
    await store(database, [
      runEvent('tenant-1', { id: 'run-1', blocks: [{ type: 'baseBlock' }] }, { type }),
      runEvent('tenant-1', {}, { type: 'com.qlik.v1.app.opened' }),
    ]);
    const rows = await readAllRows(database);
    // What such a version stores: the event alone.
    await change(
      database,
      `update events set type = 'OTHER', run_id = null where type_name = '${type}'`,
      'delete from blocks',
      'delete from automation_runs',
      'delete from automations',
    );
    await rebuild(database);
    expect(await readRows(database, 'select run_id from automation_runs')).toEqual([{ run_id: 'run-1' }]);
    expect(await readAllRows(database)).toEqual(rows);
    await letGo(database);
    await database.drop();
  });
});

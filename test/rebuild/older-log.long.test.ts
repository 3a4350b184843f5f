import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { keepOpen, letGo } from '../support/databases/kept-open.ts';
import { readRows } from '../support/databases/rows.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { change, ingest, readAllRows, rebuild, store, toPruning } from './rows.ts';

/** The embedded database takes its time to open, and is opened again and again. */
const TIMEOUT_MS = 90_000;

/**
 * The log as older code wrote it: a hash of the whole item, and a reload for each event by the
 * event's key.
 */
const OLD_CONTENT = `update events set content_hash = 'abcdefghijklmnopqrstuvwxyz123456', reload_key = null`;
const OLD_RELOADS = `update app_reloads set origins = null, last_event_at = null, event_key = null,
  reload_key = (select e.event_key from events e where e.tenant_id = app_reloads.tenant_id
    and e.event_key = app_reloads.event_key and e.type_key = app_reloads.event_type_key)`;
const OLD_VERSION = 'update tenants set projection_version = 1';

describeOnEachDatabase('a log that older code wrote', (kind) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase(kind);
    keepOpen(database);
  });
  afterEach(async () => {
    await letGo(database);
    await database.drop();
  });

  async function listOutcomes(...events: object[]): Promise<[string, number | undefined][]> {
    const receipts = await ingest(database, events);
    return receipts.map(({ outcome, position }) => [outcome, position]);
  }

  test('tells repetitions from conflicts, before a rebuild and after', { timeout: TIMEOUT_MS }, async () => {
    const events = [
      runEvent('one', { title: 'a' }),
      runEvent('one'),
      appEvent('one', 'app.created', { id: 'app' }),
    ];
    await store(database, events);
    const contents = await readRows(database, 'select content_hash from events order by position');
    await change(database, OLD_CONTENT, OLD_VERSION);
    const again = events.map((event) => ({ ...event, traceparent: 'another' }));
    const other = { ...events[0], data: { title: 'b' } };
    const outcomes = [
      ['DUPLICATE', 1],
      ['DUPLICATE', 2],
      ['DUPLICATE', 3],
      ['CONFLICT', 1],
    ];
    expect(await listOutcomes(...again, other)).toEqual(outcomes);
    await rebuild(database);
    expect(await readRows(database, 'select content_hash from events order by position')).toEqual(contents);
    expect(await listOutcomes(...again, other)).toEqual(outcomes);
  });

  test('has no conflicts with what is pruned', { timeout: TIMEOUT_MS }, async () => {
    const event = runEvent('one');
    await store(database, [event, runEvent('one')]);
    await change(database, OLD_CONTENT, OLD_VERSION, ...toPruning('one', 1));
    const copies = [event, { ...event, data: { id: 'another' } }];
    const outcomes = [
      ['DUPLICATE', 1],
      ['DUPLICATE', 1],
    ];
    expect(await listOutcomes(...copies)).toEqual(outcomes);
    await rebuild(database);
    expect(await listOutcomes(...copies)).toEqual(outcomes);
  });

  test('with a type key that its type has no longer knows the event, and a rebuild renews the key', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const [event, twice] = [runEvent('one'), runEvent('one')];
    await store(database, [event, twice]);
    await change(
      database,
      `update events set type_key = 'old.' || type_key, type = 'OTHER', run_id = null`,
      'delete from automation_runs',
      'delete from automations',
      OLD_VERSION,
    );
    // The second event is there under both keys, as the key of its type has come from elsewhere.
    await store(database, [runEvent('one', {}, { id: 'placeholder' })]);
    await change(
      database,
      `update events set event_key = (select event_key from events where position = 2) where position = 3`,
    );
    const outcomes = [
      ['DUPLICATE', 1],
      ['DUPLICATE', 2],
    ];
    expect(await listOutcomes(event, twice)).toEqual(outcomes);
    await rebuild(database);
    expect(await readRows(database, 'select type_key from events order by position')).toEqual([
      { type_key: 'automation.run.ended' },
      { type_key: 'old.automation.run.ended' },
      { type_key: 'automation.run.ended' },
    ]);
    expect(await listOutcomes(event, twice)).toEqual(outcomes);
    const rows = await readAllRows(database);
    expect(await rebuild(database)).toMatchObject({ agreed: true });
    expect(await readAllRows(database)).toEqual(rows);
  });

  test('has one reload for each event until a rebuild merges them', { timeout: TIMEOUT_MS }, async () => {
    const data = { id: 'app', reloadId: 'reload', endTime: '2026-01-01T00:00:00Z' };
    const events = [
      appEvent('one', 'app.reload.finished', { ...data, status: 'ok' }),
      appEvent('one', 'app.reload.finished', { id: 'app', status: 'error' }),
    ];
    await store(database, events);
    const rows = await readAllRows(database);
    await change(database, OLD_RELOADS, OLD_CONTENT, OLD_VERSION);
    expect(await readAllRows(database)).not.toEqual(rows);
    await rebuild(database);
    expect((await readAllRows(database)).sort()).toEqual(rows.sort());

    // The same with the body of the first one pruned, and another event about that reload behind
    // it.
    const later = {
      ...appEvent('one', 'app.reload.finished', { ...data, peakMemoryBytes: 5 }),
      eventTime: '2026-01-02T00:00:00Z',
    };
    await change(database, OLD_RELOADS, OLD_CONTENT, OLD_VERSION, ...toPruning('one', 1));
    await store(database, [later]);
    await rebuild(database);
    const reloads = await readRows(
      database,
      'select status, peak_memory_bytes::int as peak from app_reloads order by status',
    );
    expect(reloads).toEqual([
      { status: 'FAILED', peak: null },
      { status: 'SUCCEEDED', peak: 5 },
    ]);
  });
});

import { sql } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonValue } from '../../src/domain/values/json.ts';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { SqlAccess } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { run } from '../../src/store/database/statements.ts';
import { findApps } from '../../src/store/read/apps.ts';
import { findAutomationRuns, findLastRuns, runReader } from '../../src/store/read/automation-runs.ts';
import { findAutomations } from '../../src/store/read/automations.ts';
import { findEvents } from '../../src/store/read/events.ts';
import { readLogAfter } from '../../src/store/read/log.ts';
import { matchFilters } from '../../src/store/read/match-filters.ts';
import { findNames } from '../../src/store/read/names.ts';
import { createTestDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';

/** PostgreSQL plans the first five executions of a prepared statement for their values. */
const FIRST_PLANS = 5;
/** Enough executions of a statement that each connection of a pool has more than five of them. */
const TIMES = 60;
const LIMITS = { maxBatch: 10, maxEventBytes: 1_000_000, mayWrite: () => true };

interface Plans {
  statement: string;
  custom: number;
  generic: number;
}

/** The plans of the prepared statements of one connection. */
const readPlans = (access: SqlAccess['read']): Promise<Plans[]> =>
  access((queries) =>
    run<Plans & Record<string, unknown>>(
      queries,
      sql`select statement, custom_plans::int as custom, generic_plans::int as generic from pg_prepared_statements`,
    ),
  );

test('statements that run for each event are not planned for each event', async () => {
  const location = await createTestDatabase('postgres');
  onTestFinished(() => location.drop());
  await using database = await openDatabase(location);
  await using queue = openIngestQueue(database, { maxQueueBytes: 1_000_000 });
  const tenant = database.forTenant('tenant');
  for (let index = 0; index < TIMES; index += 1) {
    const events = [
      runEvent('tenant', { id: `run-${index}` }, { toplevelresourceid: `automation-${index}` }),
      appEvent('tenant', 'app.created', { id: `app-${index}` }),
      appEvent('tenant', 'app.reload.finished', { appId: `app-${index}`, reloadId: `reload-${index}` }),
    ];
    await ingestEvents(queue, events as JsonValue[], LIMITS);
    await findAutomationRuns(tenant, [`run-${index}`]);
    await findAutomations(tenant, [`automation-${index}`]);
    await findLastRuns(tenant, [`automation-${index}`]);
    await findApps(tenant, [`app-${index}`]);
    await findEvents(tenant, [index]);
    await findNames(tenant, ['USER user']);
    await matchFilters(tenant, runReader.matchTable, [`run-${index}`], []);
    await readLogAfter(tenant, index);
  }
  const seen = new Map<string, Plans>();
  for (let index = 0; index < TIMES; index += 1) {
    const { read, write } = database.acrossTenants;
    for (const plans of [...(await readPlans(read)), ...(await readPlans(write))]) {
      if (plans.custom + plans.generic > 2 * FIRST_PLANS) seen.set(plans.statement, plans);
    }
  }
  expect(seen.size).toBeGreaterThanOrEqual(20);
  for (const { statement, custom } of seen.values()) {
    expect(custom, statement).toBeLessThanOrEqual(FIRST_PLANS);
  }
});

test('ingest finds rows by index, also if the tables were small when they were analysed', async () => {
  const location = await createTestDatabase('postgres');
  onTestFinished(() => location.drop());
  await using database = await openDatabase(location);
  await using queue = openIngestQueue(database, { maxQueueBytes: 10_000_000 });
  const { read, write } = database.acrossTenants;
  const send = (tenantId: string, count: number) =>
    ingestEvents(
      queue,
      Array.from({ length: count }, (_, index) =>
        runEvent(tenantId, { id: `run-${index}` }, { toplevelresourceid: `automation-${index}` }),
      ) as JsonValue[],
      { ...LIMITS, maxBatch: count },
    );
  await send('first', 10);
  const tables = ['events', 'automation_runs', 'automations', 'blocks', 'tenants'];
  for (const table of tables) {
    await write((queries) => run(queries, sql.raw(`alter table ${table} set (autovacuum_enabled = false)`)));
  }
  await write((queries) => run(queries, sql`analyze`));
  const tenants = Array.from({ length: 20 }, (_, index) => `tenant-${index}`);
  for (const tenantId of tenants) await send(tenantId, 100);

  // A session reports its counts at the end of a transaction, a second after the last report.
  const touchWriters = () =>
    Promise.all(
      Array.from({ length: 4 }, () => write((queries) => run(queries, sql`select pg_sleep(0.02)`))),
    );
  const readCounts = async () => {
    await touchWriters();
    const [counts] = await read((queries) =>
      run<{ inserted: number; scanned: number }>(
        queries,
        sql`select sum(n_tup_ins)::int as inserted, sum(seq_tup_read)::int as scanned
            from pg_stat_user_tables where relname = any(${`{${tables.join()}}`}::text[])`,
      ),
    );
    return counts;
  };
  const inserted = tenants.length * 301;
  await expect
    .poll(async () => (await readCounts())?.inserted, { timeout: 10_000 })
    .toBeGreaterThan(inserted);
  expect((await readCounts())?.scanned).toBeLessThan(10_000);
});

test('the tables are analysed when a log is large enough, and when it has grown tenfold', async () => {
  const location = await createTestDatabase('postgres');
  onTestFinished(() => location.drop());
  await using database = await openDatabase(location);
  await using queue = openIngestQueue(database, { maxQueueBytes: 100_000_000 });
  const { read, write } = database.acrossTenants;
  await write((queries) => run(queries, sql`alter table apps set (autovacuum_enabled = false)`));
  let sent = 0;
  const send = (count: number) => {
    const events = Array.from({ length: count }, () => {
      sent += 1;
      return appEvent('tenant', 'app.created', { id: `app-${sent}` });
    });
    return ingestEvents(queue, events as JsonValue[], { ...LIMITS, maxBatch: count });
  };
  const readAnalysed = async () => {
    const [row] = await read((queries) =>
      run<{ rows: number }>(
        queries,
        sql`select reltuples::int as rows from pg_class where oid = 'apps'::regclass`,
      ),
    );
    return row?.rows;
  };
  await send(499);
  expect(await readAnalysed()).toBeLessThan(1);
  await send(1);
  await expect.poll(readAnalysed).toBe(500);
  await send(4_499);
  expect(await readAnalysed()).toBe(500);
  await send(1);
  await expect.poll(readAnalysed, { timeout: 5_000 }).toBe(5_000);
});

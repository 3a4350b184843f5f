import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonValue } from '../../src/domain/json.ts';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { type IngestQueue, openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { createTestDatabase, describeOnEachDatabase, type TestDatabase } from '../support/databases.ts';
import { newTenant } from '../support/tenants.ts';
import { toHistories } from './histories.ts';

const LIMITS = { maxBatch: 1_000, maxEventBytes: 1_048_576, mayWrite: () => true };

const TABLES = {
  automation_runs: 'run_id',
  blocks: 'run_id, ordinal',
  automations: 'automation_id',
  apps: 'app_id',
  app_reloads: 'event_key',
};

/** The same events in two orders, each cut into batches anywhere; repetitions included. */
const histories = toHistories(12).chain((named) => {
  const order = fc
    .tuple(fc.shuffledSubarray(named, { minLength: named.length }), fc.subarray(named))
    .map(([all, repeated]) => [...all, ...repeated]);
  const cut = order.chain((items) =>
    fc.array(fc.integer({ min: 1, max: items.length })).map((sizes) => toBatches(items, sizes)),
  );
  return fc.tuple(cut, cut);
});

function toBatches<Item>(items: readonly Item[], sizes: readonly number[]): Item[][] {
  const batches: Item[][] = [];
  let start = 0;
  for (const size of [...sizes, items.length]) {
    if (start < items.length) batches.push(items.slice(start, start + size));
    start += size;
  }
  return batches;
}

describeOnEachDatabase('projections', (kind) => {
  let location: TestDatabase;
  /** Two processes' views of one database; PGlite has one. */
  let databases: [Database, Database];
  let queues: IngestQueue[];
  beforeAll(async () => {
    location = await createTestDatabase(kind);
    const first = await openDatabase(location);
    databases = [first, kind === 'postgres' ? await openDatabase(location) : first];
    queues = databases.map((database) => openIngestQueue(database, { maxQueueBytes: 1_000_000 }));
  });
  afterAll(async () => {
    for (const queue of queues) await queue[Symbol.asyncDispose]();
    for (const database of new Set(databases)) await database[Symbol.asyncDispose]();
    await location.drop();
  });

  async function readProjections(tenantId: string): Promise<unknown> {
    const read = async (table: string, key: string) => {
      // As text, so that a different order of keys inside a JSON column shows too.
      const query = sql.raw(`select replace(row_to_json(t)::text, '${tenantId}', 'tenant') as row from (
        select * from ${table} where tenant_id = '${tenantId}') t order by ${key}`);
      const result: unknown = await databases[0].read((queries) => queries.execute(query));
      return Array.isArray(result) ? result : (result as { rows: unknown[] }).rows;
    };
    const entries = Object.entries(TABLES).map(async ([table, key]) => [table, await read(table, key)]);
    return Object.fromEntries(await Promise.all(entries));
  }

  async function record(batches: object[][]): Promise<unknown> {
    const tenantId = newTenant();
    for (const [index, batch] of batches.entries()) {
      const items = batch.map((item) => ({ ...item, tenantid: tenantId }) as JsonValue);
      const queue = queues[index % queues.length];
      if (queue !== undefined) await ingestEvents(queue, items, LIMITS);
    }
    return readProjections(tenantId);
  }

  test('are a function of the set of events: no order, batching, repetition or server changes a row', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ([one, other]) => {
        expect(await record(other)).toEqual(await record(one));
      }),
      { numRuns: 30 },
    );
  });

  test('are not touched by what only some of the events say', async () => {
    const created = {
      specversion: '1.0',
      id: 'e-1',
      type: 'app.created',
      time: '2026-01-01T00:00:00Z',
      data: { id: 'app-1' },
    };
    const rows = await record([[created]]);
    expect(await record([[{ ...created, data: { id: 'app-1', name: 'Sales' } }]])).not.toEqual(rows);
  });
});

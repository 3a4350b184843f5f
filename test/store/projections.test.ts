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

const LIMITS = { maxBatch: 1_000, maxEventBytes: 1_048_576, mayWrite: () => true };

const TABLES = {
  automation_runs: 'run_id',
  blocks: 'run_id, ordinal',
  automations: 'automation_id',
  apps: 'app_id',
  app_reloads: 'event_key',
};

// Few values of each kind, so that events meet: the same things, equal times, values that come and go.
const time = fc.constantFrom(
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:01Z',
  '2026-01-01T00:00:00.999+00:00',
  '2025-12-31T19:00:00-05:00',
);
const text = fc.constantFrom('a', 'B', 'ß', '');
const id = (kind: string) => fc.constantFrom(`${kind}-1`, `${kind}-2`);
const flag = fc.constantFrom(true, false, 'TRUE', '');
const count = fc.constantFrom(0, 1, '2', -1, null);
const block = fc.record(
  { type: fc.constantFrom('baseBlock', 'odd', ''), blockName: text, rxBytes: count },
  { requiredKeys: [] },
);
const blocks = fc.array(fc.oneof(block, fc.constant(null)), { maxLength: 3 });
const network = fc.record({ rxBytes: count, txBytes: count }, { requiredKeys: [] });

const runData = fc.record(
  {
    id: id('run'),
    automation: fc.oneof(
      id('automation'),
      fc.record({ id: id('automation'), name: text }, { requiredKeys: [] }),
    ),
    title: text,
    status: fc.constantFrom('running', 'queued', 'failed', 'finished', 'stopped', 'no such status', ''),
    context: fc.constantFrom('webhook', 'api', 'no such context'),
    billable: flag,
    testRun: flag,
    isTestRun: flag,
    executedById: id('user'),
    createdAt: time,
    startTime: time,
    stopTime: time,
    network,
    totalApiCalls: count,
    blocks,
    metrics: fc.record({ network, totalApiCalls: count, blocks }, { requiredKeys: [] }),
  },
  { requiredKeys: ['id'] },
);

const attributes = fc.record(
  {
    id: id('app'),
    name: text,
    description: text,
    ownerId: id('owner'),
    published: flag,
    publishTime: time,
    originAppId: id('app'),
    lastReloadTime: time,
    size: fc.record({ file: count, memory: count }, { requiredKeys: [] }),
    __proto__x: text,
    10: count,
    custom: fc.oneof(text, fc.constant({ a: [1] })),
  },
  { requiredKeys: ['id'] },
);
const reloadData = fc.record(
  {
    reloadId: id('reload'),
    name: text,
    status: fc.constantFrom('ok', 'error', 'odd'),
    endTime: time,
    duration: count,
    errors: fc.constant(['x', null]),
    size: fc.record({ memory: count }),
  },
  { requiredKeys: [] },
);

const envelope = fc.record(
  {
    time,
    source: fc.constantFrom('s-1', 's-2', '\uffff', '\u{10000}'),
    userid: id('user'),
    ownerid: id('owner'),
    spaceid: id('space'),
  },
  { requiredKeys: ['time'] },
);
const event = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('automation.run.ended'),
        data: runData,
        toplevelresourceid: fc.option(id('automation'), { nil: '' }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constantFrom(
          'app.created',
          'app.deleted',
          'app.published',
          'app.exported',
          'app.data.updated',
          'app.softdeleted',
        ),
        data: fc.oneof(attributes, fc.record({ attributes })),
        toplevelresourceid: fc.option(id('app'), { nil: '' }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('app.reload.finished'),
        data: reloadData,
        toplevelresourceid: id('app'),
      }),
    },
  )
  .chain((payload) => envelope.map((outer) => ({ ...outer, ...payload })));

/** The same events in two orders, each cut into batches anywhere; repetitions included. */
const histories = fc.array(event, { minLength: 2, maxLength: 12 }).chain((events) => {
  // Ids make events different ones; equal ids with other content would be conflicts, where the order does count.
  const named = events.map((one, index) => ({
    specversion: '1.0',
    id: `event-${index % 7}-${index}`,
    ...one,
  }));
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
      const query = sql.raw(`select (to_jsonb(t) - 'tenant_id')::text as row from (
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

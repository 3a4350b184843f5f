import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonValue } from '../../src/domain/values/json.ts';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { type IngestQueue, openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { run } from '../../src/store/database/statements.ts';
import { rebuild } from '../rebuild/rows.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { newTenant } from '../support/events/tenants.ts';
import { toDose } from '../support/run/dose.ts';
import { toHistories } from './histories.ts';

const LIMITS = { maxBatch: 1_000, maxEventBytes: 1_048_576, mayWrite: () => true };
const QUEUE = { maxQueueBytes: 16_000_000 };
const TABLES = ['automations', 'automation_runs', 'blocks', 'apps', 'app_reloads'];

const RUNS = toDose({ short: 20, full: 500 });
/** The number of runs in progress at once, each in tenants of its own. */
const AT_ONCE = 10;
const MAX_EVENTS = 40;
const MAX_BATCHES = 4;

/** A batch, and which of two servers takes it. */
type Delivery = [server: 0 | 1, batch: object[]];

/**
 * A history, and how it arrives: in any order, some of it again, in batches cut anywhere, at either
 * server.
 */
const arrivals = toHistories(MAX_EVENTS).chain((history) => {
  const shuffled = fc.shuffledSubarray(history, { minLength: history.length });
  const order = fc.tuple(shuffled, fc.subarray(history)).map(([all, again]) => [...all, ...again]);
  const deliveries = order.chain((items) => {
    const cuts = fc.array(fc.nat(items.length), { maxLength: MAX_BATCHES - 1 });
    const servers = fc.array(fc.constantFrom<0 | 1>(0, 1), {
      minLength: MAX_BATCHES,
      maxLength: MAX_BATCHES,
    });
    return fc.tuple(cuts, servers).map(([at, by]) => toDeliveries(items, at, by));
  });
  return fc.tuple(fc.constant(history), deliveries);
});

function toDeliveries(items: object[], cuts: readonly number[], servers: readonly (0 | 1)[]): Delivery[] {
  const edges = [0, ...cuts.toSorted((a, b) => a - b), items.length];
  const batches = edges.slice(1).map((end, index) => items.slice(edges[index], end));
  return batches.flatMap((batch, index): Delivery[] =>
    batch.length > 0 ? [[servers[index] ?? 0, batch]] : [],
  );
}

describeOnEachDatabase('projections', (kind) => {
  let location: TestDatabase;
  /** Two processes' views of one database; PGlite has one. */
  let databases: [Database, Database];
  let queues: [IngestQueue, IngestQueue];
  const open = async () => {
    const first = await openDatabase(location);
    const second = kind !== 'pglite' ? await openDatabase(location) : first;
    databases = [first, second];
    const queue = openIngestQueue(first, QUEUE);
    queues = [queue, second === first ? queue : openIngestQueue(second, QUEUE)];
  };
  const close = async () => {
    for (const queue of new Set(queues)) await queue[Symbol.asyncDispose]();
    for (const database of new Set(databases)) await database[Symbol.asyncDispose]();
  };
  beforeAll(async () => {
    location = await createTestDatabase(kind);
    await open();
  });
  afterAll(async () => {
    await close();
    await location.drop();
  });

  /**
   * All rows that match, as text, so that a different order of keys inside a JSON column shows too.
   */
  async function readRows(condition: string): Promise<string[]> {
    const tables = TABLES.map(
      (table) => `select '${table}' as name, row_to_json(t)::text as row from ${table} t where ${condition}`,
    );
    const statement = sql.raw(tables.join(' union all '));
    const rows = await databases[0].acrossTenants.read((queries) => run(queries, statement));
    return rows.map(({ name, row }) => `${name} ${row}`).sort();
  }

  /**
   * Ingests through both servers at the same time, at each in the order given, and reads the rows
   * made, less their tenant.
   */
  async function record(deliveries: readonly Delivery[]): Promise<string[]> {
    const tenantId = newTenant();
    const ingestAt = async (server: 0 | 1) => {
      for (const [at, batch] of deliveries) {
        if (at !== server) continue;
        const items = batch.map((item) => ({ ...item, tenantid: tenantId }) as JsonValue);
        await ingestEvents(queues[server], items, LIMITS);
      }
    };
    await Promise.all([ingestAt(0), ingestAt(1)]);
    const rows = await readRows(`tenant_id = '${tenantId}'`);
    return rows.map((row) => row.replace(`"tenant_id":"${tenantId}"`, ''));
  }

  test('are a function of the set of events: no order, batching, repetition or server changes a row', async () => {
    const property = fc.asyncProperty(arrivals, async ([history, deliveries]) => {
      expect(await record(deliveries)).toEqual(await record([[0, history]]));
    });
    await Promise.all(
      Array.from({ length: AT_ONCE }, () => fc.assert(property, { numRuns: RUNS / AT_ONCE })),
    );
  }, 120_000);

  test('are not touched by what only some of the events say', async () => {
    const created = {
      specversion: '1.0',
      id: 'e-1',
      type: 'com.qlik.app.created',
      time: '2026-01-01T00:00:00Z',
      data: { id: 'app-1' },
    };
    const rows = await record([[0, [created]]]);
    expect(await record([[0, [{ ...created, data: { id: 'app-1', name: 'Sales' } }]]])).not.toEqual(rows);
  });

  test('of all these histories are found again as they were when the log is read anew by a rebuild', async () => {
    const rows = await readRows('true');
    expect(rows.length).toBeGreaterThan(2 * RUNS);
    await close();
    expect(await rebuild(location, 500)).toMatchObject({ agreed: true });
    await open();
    expect(await readRows('true')).toEqual(rows);
  }, 120_000);
});

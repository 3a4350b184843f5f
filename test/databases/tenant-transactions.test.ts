import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { run, runFixed } from '../../src/store/database/statements.ts';
import { findAutomationRuns } from '../../src/store/read/automation-runs.ts';
import { readLogEnds } from '../../src/store/read/log.ts';
import {
  asAdmin,
  createTestDatabase,
  killBackends,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { openTcpProxy, type TcpProxy } from '../support/sockets/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

const LIMITS = { maxBatch: 1_000, maxEventBytes: 1_000_000, mayWrite: () => true };
const TENANTS = Array.from({ length: 40 }, (_, index) => `tenant ${index}`);
/** Unprepared, as statements with filters are: described first, in a round trip of its own. */
const count = (parameter: number) =>
  sql`select count(*)::int as count, ${parameter}::int as parameter from automation_runs`;

describe('reads of tenants with row-level security', () => {
  let location: TestDatabase;
  let proxy: TcpProxy;
  let database: Database;

  beforeAll(async () => {
    location = await createTestDatabase('row-level security');
    proxy = await openTcpProxy(location.databaseUrl ?? '');
    database = await openDatabase({ ...location, databaseUrl: proxy.url });
    await using queue = openIngestQueue(database, { maxQueueBytes: 10_000_000 });
    // Tenant n has n runs.
    const events = TENANTS.flatMap((tenantId, number) =>
      Array.from({ length: number }, (_, index) => runEvent(tenantId, { id: `run ${index}` })),
    );
    await ingestEvents(queue, events as never[], LIMITS);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await proxy.close();
    await location.drop();
  });

  const countAll = async (number: number) => {
    const [row] = await database.forTenant(`tenant ${number}`).read((queries) => run(queries, count(number)));
    return row;
  };

  test('see their own rows, prepared or not, however many are read at the same time', async () => {
    const numbers = Array.from({ length: 400 }, (_, index) => (index * 7) % TENANTS.length);
    const rows = await Promise.all(numbers.map(countAll));
    expect(rows).toEqual(numbers.map((number) => ({ count: number, parameter: number })));
    const ends = await Promise.all(
      numbers.map(async (number) => [
        await readLogEnds(database.forTenant(`tenant ${number}`)),
        await findAutomationRuns(database.forTenant(`tenant ${number}`), ['run 0', 'run 20']),
      ]),
    );
    expect(ends.map(([log, runs]) => [log, (runs as unknown[]).length])).toEqual(
      numbers.map((number) => [
        expect.objectContaining({ head: number, prunedThrough: 0 }),
        Math.min(number, 1) + (number > 20 ? 1 : 0),
      ]),
    );
  });

  test('send everything at once: a prepared read is one packet, as without row-level security', async () => {
    const one = database.forTenant('tenant 1');
    // Every connection has prepared the statement.
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 20 }, () => readLogEnds(one)));
    }
    const before = proxy.sent;
    for (let read = 0; read < 50; read += 1) await readLogEnds(one);
    // The watch for outages sends something each second, too.
    expect(proxy.sent - before).toBeGreaterThanOrEqual(50);
    expect(proxy.sent - before).toBeLessThanOrEqual(55);
  });

  test('that fail disturb no other one, and leave the connection without a tenant', async () => {
    const fail = (number: number) =>
      database
        .forTenant(`tenant ${number}`)
        .read((queries) => run(queries, sql`select 1 / (${number}::int - ${number}::int)`));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 120 }, (_, index) => (index % 3 === 0 ? fail(index % 40) : countAll(index % 40))),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (index % 3 === 0)
        expect(outcome).toMatchObject({ status: 'rejected', reason: { cause: { code: '22012' } } });
      else
        expect(outcome).toMatchObject({
          status: 'fulfilled',
          value: { count: index % 40, parameter: index % 40 },
        });
    }
    const sessions = await asAdmin(
      (admin) => admin`select count(*)::int as open from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'`,
      location.databaseUrl,
    );
    expect(sessions).toEqual([{ open: 0 }]);
  });

  test('work when the tables have changed since a statement was prepared', async () => {
    const newest = (number: number) =>
      database
        .forTenant(`tenant ${number}`)
        .read((queries) =>
          runFixed(queries, sql`select * from tenants where tenant_id = ${`tenant ${number}`}`),
        );
    for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 20 }, () => newest(7)));
    await asAdmin((admin) => admin`alter table tenants add column note text`, location.databaseUrl);
    const rows = await Promise.all(Array.from({ length: 20 }, () => newest(7)));
    for (const row of rows)
      expect(row).toEqual([expect.objectContaining({ tenant_id: 'tenant 7', note: null })]);
    await asAdmin((admin) => admin`alter table tenants drop column note`, location.databaseUrl);
    expect(await newest(8)).toEqual([expect.objectContaining({ tenant_id: 'tenant 8' })]);
  });

  test('settle with their own rows or a refusal when backends are terminated in between', async () => {
    let isOver = false;
    let [right, refused] = [0, 0];
    const read = async (seed: number) => {
      for (let turn = seed; !isOver; turn += 11) {
        const number = turn % TENANTS.length;
        try {
          const row = await countAll(number);
          expect(row).toEqual({ count: number, parameter: number });
          const { head } = await readLogEnds(database.forTenant(`tenant ${number}`));
          expect(head).toBe(number);
          right += 1;
        } catch (failure) {
          expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
          refused += 1;
          await sleep(20);
        }
      }
    };
    const readers = Promise.all(Array.from({ length: 12 }, (_, seed) => read(seed)));
    for (let time = 0; time < 6; time += 1) {
      const before = right;
      await waitUntil(() => right > before + 20, 10_000);
      await killBackends(location);
    }
    const before = right;
    await waitUntil(() => right > before + 20, 10_000);
    isOver = true;
    await readers;
    expect({ right, refused }.right).toBeGreaterThan(140);
  }, 60_000);
});

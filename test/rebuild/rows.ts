import { sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import type { JsonValue } from '../../src/domain/values/json.ts';
import { type IngestReceipt, ingestEvents } from '../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import { type RebuildReport, rebuildProjections } from '../../src/store/rebuild/rebuild-projections.ts';
import type { TestDatabase } from '../support/databases/databases.ts';
import { letGo, useDatabase } from '../support/databases/kept-open.ts';
import { readRows } from '../support/databases/rows.ts';

const TABLES = {
  events: 'tenant_id, position',
  automations: 'tenant_id, automation_id',
  automation_runs: 'tenant_id, run_id',
  blocks: 'tenant_id, run_id, ordinal',
  apps: 'tenant_id, app_id',
  app_reloads: 'tenant_id, reload_key',
};

const LIMITS = { maxBatch: 10_000, maxEventBytes: 10_000_000, mayWrite: () => true };

/** Every row that is read from the log, the log's own columns included, each as one text. */
export async function readAllRows(database: TestDatabase): Promise<string[]> {
  const parts = Object.entries(TABLES).map(
    ([table, key]) =>
      `(select '${table} ' || row_to_json(t)::text as row from (select * from ${table} order by ${key}) t)`,
  );
  const rows = await readRows(database, parts.join(' union all '));
  return rows.map(({ row }) => String(row));
}

/** Ingests events as one batch. */
export async function ingest(database: TestDatabase, events: readonly object[]): Promise<IngestReceipt[]> {
  return await useDatabase(database, async (opened) => {
    await using queue = openIngestQueue(opened, { maxQueueBytes: 100_000_000 });
    return await ingestEvents(queue, events as JsonValue[], LIMITS);
  });
}

/** Stores events, in batches of a few. */
export async function store(database: TestDatabase, events: readonly object[], batch = 100): Promise<void> {
  await useDatabase(database, async (opened) => {
    await using queue = openIngestQueue(opened, { maxQueueBytes: 100_000_000 });
    for (let start = 0; start < events.length; start += batch) {
      const items = events.slice(start, start + batch) as JsonValue[];
      const receipts = await ingestEvents(queue, items, LIMITS);
      const wrong = receipts.find(({ outcome }) => outcome !== 'STORED');
      if (wrong !== undefined) throw new Error(`An event is ${JSON.stringify(wrong)}.`);
    }
  });
}

/** Runs statements past the service. */
export async function change(database: TestDatabase, ...statements: string[]): Promise<void> {
  await useDatabase(database, async (opened) => {
    for (const statement of statements)
      await opened.acrossTenants.read((queries) => queries.execute(sql.raw(statement)));
  });
}

/** Rebuilds in this process, a few events at a time. Gives what it found and every line it said. */
export async function rebuild(
  database: TestDatabase,
  batchSize = 7,
): Promise<RebuildReport & { lines: string[] }> {
  const lines: string[] = [];
  const listener = {
    say: (line: string) => void lines.push(line),
    begin: () => undefined,
    advance: () => undefined,
    compared: () => undefined,
  };
  const { signal } = new AbortController();
  await letGo(database);
  return { ...(await rebuildProjections(database, { listener, signal, batchSize })), lines };
}

/** Returns whether a session waits for a lock that the connection of `sql` holds. */
export async function isAwaited(sql: Sql): Promise<boolean> {
  const waiting = await sql`select from pg_locks
    where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`;
  return waiting.length > 0;
}

/** Statements that drop raw bodies up to a position, as pruning does. */
export function toPruning(tenantId: string, through: number): string[] {
  return [
    `update events set raw = null where tenant_id = '${tenantId}' and position <= ${through}`,
    `update tenants set pruned_through = ${through} where tenant_id = '${tenantId}'`,
  ];
}

import { sql } from 'drizzle-orm';
import { attempt, withDeadline } from './attempt.ts';
import type { Database } from './database.ts';
import { unavailable } from './failure.ts';
import { migratePostgres } from './migrate.ts';
import { watchForOutage } from './outage.ts';
import { connect } from './postgres-client.ts';
import { openPostgresPool } from './postgres-pool.ts';
import { openPostgresWakeUps } from './postgres-wake-ups.ts';

const READ_DEADLINE_MS = 20_000;
const WRITE_DEADLINE_MS = 30_000;

/**
 * Opens PostgreSQL behind `url`, migrated. Reads and writes have pools of their own: postgres.js pipelines, and a quick query
 * must not wait behind a slow one on the same connection. So has the question whether the database is there at all.
 */
export async function openPostgres(url: string): Promise<Database> {
  await migratePostgres(url);
  const reads = openPostgresPool(url, 6, READ_DEADLINE_MS - 1_000);
  const writes = openPostgresPool(url, 4, WRITE_DEADLINE_MS - 1_000);
  const pings = openPostgresPool(url, 1, 5_000);
  const wakeUps = openPostgresWakeUps(() => connect(url, 1, 5_000));
  const ask = () => pings.queries.execute(sql`select 1`);
  const outage = watchForOutage({
    ask,
    reconnect: () => pings.replace(),
    drop: () => {
      for (const connections of [reads, writes, wakeUps]) connections.replace();
    },
  });
  return {
    kind: 'postgres',
    read: (work) => attempt(() => work(reads.queries), READ_DEADLINE_MS, outage),
    write: (work) => attempt(() => writes.queries.transaction(work), WRITE_DEADLINE_MS, outage),
    ping: async (timeoutMs) => {
      if (outage.isAway) throw unavailable();
      await withDeadline(Promise.resolve(ask()), timeoutMs);
    },
    wakeUps,
    async [Symbol.asyncDispose]() {
      outage[Symbol.dispose]();
      await Promise.all([wakeUps, reads, writes, pings].map((connections) => connections.close()));
    },
  };
}

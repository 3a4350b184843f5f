import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { attempt, withDeadline } from './attempt.ts';
import type { Database, Queries } from './database.ts';
import { migratePostgres } from './migrate.ts';
import { connect } from './postgres-client.ts';
import { openPostgresWakeUps } from './postgres-wake-ups.ts';

const READ_DEADLINE_MS = 20_000;
const WRITE_DEADLINE_MS = 30_000;

/**
 * Opens PostgreSQL behind `url`, migrated. Reads and writes have pools of their own: postgres.js pipelines, and a quick query
 * must not wait behind a slow one on the same connection.
 */
export async function openPostgres(url: string): Promise<Database> {
  await migratePostgres(url);
  const readClient = connect(url, 6, READ_DEADLINE_MS - 1_000);
  const writeClient = connect(url, 4, WRITE_DEADLINE_MS - 1_000);
  const pingClient = connect(url, 1, 5_000);
  const reads: Queries = drizzle({ client: readClient });
  const writes: Queries = drizzle({ client: writeClient });
  const pings: Queries = drizzle({ client: pingClient });
  const wakeUps = openPostgresWakeUps(() => connect(url, 1, 5_000));
  return {
    kind: 'postgres',
    read: (work) => attempt(() => work(reads), READ_DEADLINE_MS),
    write: (work) => attempt(() => writes.transaction((transaction) => work(transaction)), WRITE_DEADLINE_MS),
    ping: async (timeoutMs) => {
      await withDeadline(Promise.resolve(pings.execute(sql`select 1`)), timeoutMs);
    },
    wakeUps,
    async [Symbol.asyncDispose]() {
      await wakeUps[Symbol.asyncDispose]();
      await Promise.all([readClient, writeClient, pingClient].map((client) => client.end({ timeout: 2 })));
    },
  };
}

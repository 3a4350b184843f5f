import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePgliteTables } from 'drizzle-orm/pglite/migrator';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import { migrate as migratePostgresTables } from 'drizzle-orm/postgres-js/migrator';
import type postgres from 'postgres';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { toFailureCode } from './failure.ts';
import { findServer } from './postgres/find-server.ts';
import { refuseSharedSessions } from './postgres/pooling.ts';
import { connect } from './postgres/postgres-client.ts';
import type { FoundServer, Server } from './postgres/server.ts';

/** The folder that `npm run migration` writes; the same seen from src/store and from dist/store. */
const migrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** Any constant will do, as long as no other program on the same database takes it. */
const ADVISORY_LOCK = 7_235_019_284;
const OLDEST_MAJOR = 15;
const LOCK_WAIT_MS = 120_000;

/**
 * Applies the migrations to the server behind `url` that accepts writes, and returns that server. Drizzle's migrator takes
 * no lock, so several processes that start at once on an empty database would break each other: `inTurn` lets them through
 * one by one. Throws a Misconfiguration with one clear line.
 */
export async function migratePostgres(url: string): Promise<Server> {
  const clients: postgres.Sql[] = [];
  try {
    const found = await findServer(url);
    refuseReadOnly(found);
    const { server } = found;
    const open = () => connect(url, 1, LOCK_WAIT_MS, undefined, {}, server);
    await refuseSharedSessions(open);
    const [client, lock] = [open(), open()];
    clients.push(client, lock);
    const [version] = await client<{ major: number }[]>`
      select current_setting('server_version_num')::int / 10000 as major`;
    if (version === undefined || version.major < OLDEST_MAJOR) {
      throw new Misconfiguration([
        `DATABASE_URL: PostgreSQL ${OLDEST_MAJOR} or newer is needed; this is ${version?.major}.`,
      ]);
    }
    await inTurn(lock, () => migratePostgresTables(drizzlePostgres({ client }), { migrationsFolder }));
    return server;
  } catch (failure) {
    if (failure instanceof Misconfiguration) throw failure;
    throw new Misconfiguration([`DATABASE_URL: ${describe(failure)}`], failure);
  } finally {
    await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
  }
}

function refuseReadOnly({ isReadOnly, isStandby }: FoundServer): void {
  if (!isReadOnly) return;
  const reason = isStandby ? 'the server is a standby' : '`default_transaction_read_only` is on';
  throw new Misconfiguration([
    `DATABASE_URL: the database is read-only (${reason}), and the service needs one that it can write to.`,
  ]);
}

/**
 * Runs `work` while no other process does, in all of the database. The lock belongs to a transaction, not to a session: it
 * ends with the transaction, so it cannot stay behind on a connection that a pooler keeps.
 */
async function inTurn(client: postgres.Sql, work: () => Promise<void>): Promise<void> {
  await client.begin(async (transaction) => {
    await transaction`select set_config('idle_in_transaction_session_timeout', '0', true)`;
    await transaction`select pg_advisory_xact_lock(${ADVISORY_LOCK})`;
    await work();
  });
}

/** Applies the migrations to an embedded database, of which this process is the only user. */
export async function migratePglite(client: PGlite): Promise<void> {
  await migratePgliteTables(drizzlePglite({ client }), { migrationsFolder });
}

/** Says what is wrong without the SQL that Drizzle puts into its messages, and without the password of the URL. */
function describe(failure: unknown): string {
  let error = failure;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  return `the database cannot be used: ${message.split('\n')[0]} (${toFailureCode(failure) ?? 'no code'})`;
}

import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { migrate as migratePgliteTables } from 'drizzle-orm/pglite/migrator';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import { migrate as migratePostgresTables } from 'drizzle-orm/postgres-js/migrator';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { toFailureCode } from './failure.ts';
import { connect } from './postgres/postgres-client.ts';

/** The folder that `npm run migration` writes; the same seen from src/store and from dist/store. */
const migrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

/** Any constant will do, as long as no other program on the same database takes it. */
const ADVISORY_LOCK = 7_235_019_284;
const OLDEST_MAJOR = 15;
const LOCK_WAIT_MS = 120_000;

/**
 * Applies the migrations to the PostgreSQL behind `url`. Drizzle's migrator takes no lock, so several processes starting at once
 * on an empty database would break each other: an advisory lock on this one connection lets them through one by one. Throws a
 * Misconfiguration with one clear line.
 */
export async function migratePostgres(url: string): Promise<void> {
  const client = connect(url, 1, LOCK_WAIT_MS);
  try {
    const [version] = await client<{ major: number }[]>`
      select current_setting('server_version_num')::int / 10000 as major`;
    if (version === undefined || version.major < OLDEST_MAJOR) {
      throw new Misconfiguration([
        `DATABASE_URL: PostgreSQL ${OLDEST_MAJOR} or newer is needed; this is ${version?.major}.`,
      ]);
    }
    await client`select pg_advisory_lock(${ADVISORY_LOCK})`;
    await migratePostgresTables(drizzlePostgres({ client }), { migrationsFolder });
  } catch (failure) {
    if (failure instanceof Misconfiguration) throw failure;
    throw new Misconfiguration([`DATABASE_URL: ${describe(failure)}`], failure);
  } finally {
    // Ending the connection releases the lock.
    await client.end({ timeout: 1 });
  }
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

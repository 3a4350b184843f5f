import type { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { Refusal } from '../../domain/refusal.ts';
import { withDeadline } from './attempt.ts';
import { toFailureCode } from './failure.ts';
import { applyMigrations } from './migrations/apply-migrations.ts';
import type { SchemaChoice } from './migrations/schema-choice.ts';
import { connect } from './postgres/postgres-client.ts';
import type { PostgresServer } from './postgres/postgres-server.ts';

const OLDEST_MAJOR = 15;
const LOCK_WAIT_MS = 120_000;
/** How long all hosts of a URL together may take until one of them has answered. */
const ANSWER_WITHIN_MS = 25_000;

/**
 * Applies the migrations to a PostgreSQL. Throws a Misconfiguration with one clear line where that cannot be done, or where the
 * service could not work with the database.
 */
export async function migratePostgres(server: PostgresServer, choice: SchemaChoice): Promise<void> {
  const client = connect(server, 1, LOCK_WAIT_MS);
  try {
    const question = client<{ major: number; encoding: string }[]>`
      select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding`;
    const [version] = await withDeadline(Promise.resolve(question), ANSWER_WITHIN_MS);
    if (version === undefined || version.major < OLDEST_MAJOR) {
      throw new Misconfiguration([
        `DATABASE_URL: PostgreSQL ${OLDEST_MAJOR} or newer is needed; this is ${version?.major}.`,
      ]);
    }
    if (version.encoding !== 'UTF8') {
      throw new Misconfiguration([
        `DATABASE_URL: the database's encoding is ${version.encoding}; create one with: create database … encoding 'UTF8' template template0;`,
      ]);
    }
    await applyMigrations(drizzlePostgres({ client }), choice);
  } catch (failure) {
    if (failure instanceof Misconfiguration) throw failure;
    throw new Misconfiguration([`DATABASE_URL: ${describe(failure)}`], failure);
  } finally {
    await client.end({ timeout: 1 });
  }
}

/** Applies the migrations to an embedded database, of which this process is the only user. */
export async function migratePglite(client: PGlite, choice: SchemaChoice): Promise<void> {
  await applyMigrations(drizzlePglite({ client }), choice);
}

/** Says what is wrong without the SQL that Drizzle puts into its messages, and without the password of the URL. */
function describe(failure: unknown): string {
  if (failure instanceof Refusal) {
    return `the database cannot be used: nothing answered within ${ANSWER_WITHIN_MS / 1_000} s`;
  }
  let error = failure;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  const earlier = hasPassedOver(error) ? error.passedOver.map(toReason) : [];
  const reasons = [...new Set([...earlier, toReason(error)])];
  return `the database cannot be used: ${reasons.join('; ')}`;
}

function toReason(failure: unknown): string {
  const first = failure instanceof AggregateError ? failure.errors[0] : failure;
  const message = first instanceof Error ? first.message : String(first);
  return `${message.split('\n')[0]} (${toFailureCode(failure) ?? 'no code'})`;
}

/** The patched driver lists what was wrong with the hosts before the last one. */
function hasPassedOver(failure: unknown): failure is { passedOver: unknown[] } {
  return failure instanceof Error && 'passedOver' in failure && Array.isArray(failure.passedOver);
}

import type { PGlite } from '@electric-sql/pglite';
import { drizzle as drizzlePglite } from 'drizzle-orm/pglite';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { Refusal } from '../../domain/refusal.ts';
import { withDeadline } from './attempt.ts';
import { toFailureCode } from './failure.ts';
import { applyMigrations } from './migrations/apply-migrations.ts';
import { enableRowLevelSecurity, refuseHiddenRows } from './migrations/row-level-security.ts';
import type { SchemaChoice } from './migrations/schema-choice.ts';
import { findServer } from './postgres/find-server.ts';
import { refuseSharedSessions } from './postgres/pooling.ts';
import { connect } from './postgres/postgres-client.ts';
import type { PostgresLocation } from './postgres/postgres-location.ts';
import { openProbe } from './postgres/probe.ts';
import type { FoundServer, Server } from './postgres/server.ts';

const OLDEST_MAJOR = 15;
const LOCK_WAIT_MS = 120_000;
/** The most time for finding the server, including name resolution. */
const FIND_WITHIN_MS = 28_000;
const MAX_CONNECT_SECONDS = 25;
const CONNECT_SECONDS = 5;

/**
 * Applies the migrations to the server of DATABASE_URL that accepts writes, and returns that
 * server. With `rowLevelSecurity`, also enables row-level security. Throws a Misconfiguration
 * if that fails, or if the service could not work with the database.
 */
export async function migratePostgres(
  location: PostgresLocation,
  choice: SchemaChoice,
  rowLevelSecurity = false,
): Promise<Server> {
  let client: postgres.Sql | undefined;
  try {
    const answerWithinMs = toConnectSeconds(location.url.connectTimeoutSeconds) * 1_000;
    const found = await withDeadline(findServer(location, { answerWithinMs }), FIND_WITHIN_MS);
    refuseReadOnly(found);
    const { server } = found;
    await refuseSharedSessions(() => openProbe(location, server));
    client = connect(location, server, { max: 1, statementTimeoutMs: LOCK_WAIT_MS });
    await checkVersion(client);
    const queries = drizzlePostgres({ client });
    await applyMigrations(queries, choice);
    if (rowLevelSecurity) await enableRowLevelSecurity(queries, choice.schema);
    else await refuseHiddenRows(queries, choice.schema);
    return server;
  } catch (failure) {
    if (failure instanceof Misconfiguration) throw failure;
    throw new Misconfiguration([`DATABASE_URL: ${describe(failure)}`], failure);
  } finally {
    await client?.end({ timeout: 1 });
  }
}

/** As in libpq, zero means no limit; a start is limited nevertheless. */
function toConnectSeconds(seconds = CONNECT_SECONDS): number {
  return seconds === 0 ? MAX_CONNECT_SECONDS : Math.min(seconds, MAX_CONNECT_SECONDS);
}

function refuseReadOnly({ isReadOnly, isStandby }: FoundServer): void {
  if (!isReadOnly) return;
  const reason = isStandby ? 'the server is a standby' : '`default_transaction_read_only` is on';
  throw new Misconfiguration([
    `DATABASE_URL: the database is read-only (${reason}), and the service needs a writable one.`,
  ]);
}

async function checkVersion(client: postgres.Sql): Promise<void> {
  const [version] = await client<{ major: number; encoding: string }[]>`
    select current_setting('server_version_num')::int / 10000 as major, current_setting('server_encoding') as encoding`;
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
}

/** Applies the migrations to an embedded database. This process is its only user. */
export async function migratePglite(client: PGlite, choice: SchemaChoice): Promise<void> {
  await applyMigrations(drizzlePglite({ client }), choice);
}

/** Describes a failure without Drizzle's SQL and without the password of the URL. */
function describe(failure: unknown): string {
  if (failure instanceof Refusal) {
    return `the database cannot be used: nothing answered within ${FIND_WITHIN_MS / 1_000} s`;
  }
  const failures = failure instanceof AggregateError ? failure.errors : [failure];
  return `the database cannot be used: ${[...new Set(failures.map(toReason))].join('; ')}`;
}

function toReason(failure: unknown): string {
  let error = failure;
  while (error instanceof Error && error.cause instanceof Error && !(error.cause instanceof Refusal)) {
    error = error.cause;
  }
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  return `${message.split('\n')[0]} (${toFailureCode(failure) ?? 'no code'})`;
}

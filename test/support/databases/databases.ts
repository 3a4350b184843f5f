import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { describe, inject } from 'vitest';
import type { DatabaseLocation } from '../../../src/store/database/open-database.ts';

export const DATABASE_KINDS = ['pglite', 'postgres'] as const;
export type DatabaseKind = (typeof DATABASE_KINDS)[number];

/** A database of one test or suite. */
export interface TestDatabase extends DatabaseLocation {
  kind: DatabaseKind;
  drop(): Promise<void>;
}

/** Runs one suite on PGlite and on PostgreSQL. */
export function describeOnEachDatabase(name: string, suite: (kind: DatabaseKind) => void): void {
  for (const kind of DATABASE_KINDS) describe(`${name} (${kind})`, () => suite(kind));
}

/** Creates a migrated database without events, as a copy of the template of its kind. */
export async function createTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  return kind === 'pglite' ? createPglite() : createPostgres(`template ${inject('postgresTemplate')}`);
}

/** Creates a PostgreSQL database without tables, for a test of what the first start does. */
export function createEmptyPostgres(): Promise<TestDatabase> {
  return createPostgres();
}

/** A PostgreSQL database that is reached by a URL, and that nothing drops. */
export function toTestDatabase(databaseUrl: string | undefined): TestDatabase {
  return { kind: 'postgres', databaseUrl, dataDir: '', drop: async () => undefined };
}

async function createPglite(): Promise<TestDatabase> {
  const dataDir = mkdtempSync(join(inject('dataFolder'), 'pglite-'));
  // A thousand files: cp needs a quarter of the time of node's cpSync, and runs outside this
  // process.
  await promisify(execFile)('cp', ['-R', `${inject('pgliteTemplate')}/.`, dataDir]);
  const drop = async () => rmSync(dataDir, { recursive: true, force: true });
  return { kind: 'pglite', databaseUrl: undefined, dataDir, drop };
}

/**
 * Creates a PostgreSQL database without tables whose texts are ordered by a language. Returns
 * undefined where the server has no ICU collations.
 */
export async function createCollatedDatabase(locale: string): Promise<TestDatabase | undefined> {
  const known = await asAdmin((sql) => sql`select 1 from pg_collation where collprovider = 'i' limit 1`);
  return known.length === 0
    ? undefined
    : createPostgres(`template template0 locale_provider icu icu_locale '${locale}' locale 'C'`);
}

async function createPostgres(options = ''): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin((sql) => sql`create database ${sql(name)} ${sql.unsafe(options)}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  const drop = async () => {
    await asAdmin((sql) => sql`drop database ${sql(name)} with (force)`);
  };
  return { kind: 'postgres', databaseUrl: url.href, dataDir: '', drop };
}

/** Runs statements on the server of the test databases, or inside one, on a separate connection. */
export async function asAdmin<T>(
  work: (sql: postgres.Sql) => PromiseLike<T>,
  url = inject('postgresUrl'),
): Promise<T> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Terminates every other connection to a test database. Returns their number. */
export async function killBackends({ databaseUrl }: TestDatabase): Promise<number> {
  const name = new URL(databaseUrl ?? '').pathname.slice(1);
  const rows = await asAdmin(
    (sql) => sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`,
  );
  return rows.length;
}

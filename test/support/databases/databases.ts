import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { describe, inject } from 'vitest';
import type { DatabaseLocation } from '../../../src/store/database/open-database.ts';
import { IS_FULL } from '../run/dose.ts';

export const DATABASE_KINDS = ['pglite', 'postgres'] as const;
/** PostgreSQL with ROW_LEVEL_SECURITY=on. */
const WALLED = 'row-level security';
export type DatabaseKind = (typeof DATABASE_KINDS)[number] | typeof WALLED;

const ALL_KINDS: readonly DatabaseKind[] = [...DATABASE_KINDS, WALLED];

/** A database of one test or suite. */
export interface TestDatabase extends DatabaseLocation {
  kind: (typeof DATABASE_KINDS)[number];
  drop(): Promise<void>;
}

/** Runs one suite on PGlite and on PostgreSQL, and in the full dose with row-level security. */
export function describeOnEachDatabase(name: string, suite: (kind: DatabaseKind) => void): void {
  describeOn(IS_FULL ? ALL_KINDS : DATABASE_KINDS, name, suite);
}

/**
 * Runs one suite on PostgreSQL, which costs less than PGlite, and in the full dose on all three.
 * For suites that use the store but are about something else.
 */
export function describeOnOneDatabase(name: string, suite: (kind: DatabaseKind) => void): void {
  describeOn(ALL_KINDS.filter(runsAlone), name, suite);
}

/** Whether this kind runs the tests for which one database is enough. */
export function runsAlone(kind: DatabaseKind): boolean {
  return IS_FULL || kind === (process.env.TEST_KIND ?? 'postgres');
}

/**
 * Runs one suite on PGlite, on PostgreSQL, and on PostgreSQL with row-level security. These suites
 * together send every statement of the store.
 */
export function describeOnEveryDatabase(name: string, suite: (kind: DatabaseKind) => void): void {
  describeOn(ALL_KINDS, name, suite);
}

/** `TEST_KIND` names the one kind to run every suite on. */
function describeOn(kinds: readonly DatabaseKind[], name: string, suite: (kind: DatabaseKind) => void): void {
  const only = ALL_KINDS.filter((kind) => kind === process.env.TEST_KIND);
  for (const kind of only.length > 0 ? only : kinds) describe(`${name} (${kind})`, () => suite(kind));
}

/** Creates a migrated database without events, as a copy of the template of its kind. */
export async function createTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  if (kind === 'pglite') return createPglite();
  const database = await createPostgres(`template ${inject('postgresTemplate')}`);
  return kind === WALLED ? { ...database, rowLevelSecurity: true } : database;
}

/** Returns the settings of a service on a test database. */
export function toSettings({
  databaseUrl,
  dataDir,
  rowLevelSecurity,
}: DatabaseLocation): Record<string, string | undefined> {
  return {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    ...(rowLevelSecurity === true && { ROW_LEVEL_SECURITY: 'on' }),
  };
}

/**
 * Copies the files of a database that no service uses, as a backup of a stopped cluster or of
 * `DATA_DIR` does.
 */
export async function copyTestDatabase({
  databaseUrl,
  dataDir,
  ...rest
}: TestDatabase): Promise<TestDatabase> {
  const copy =
    databaseUrl === undefined
      ? await createPglite(dataDir)
      : await createPostgres(`template "${new URL(databaseUrl).pathname.slice(1)}"`);
  return { ...rest, ...copy };
}

/** Creates a PostgreSQL database without tables, for a test of what the first start does. */
export function createEmptyPostgres(): Promise<TestDatabase> {
  return createPostgres();
}

/** A PostgreSQL database that is reached by a URL, and that nothing drops. */
export function toTestDatabase(databaseUrl: string | undefined): TestDatabase {
  return { kind: 'postgres', databaseUrl, dataDir: '', drop: async () => undefined };
}

async function createPglite(template = inject('pgliteTemplate')): Promise<TestDatabase> {
  const dataDir = mkdtempSync(join(inject('dataFolder'), 'pglite-'));
  // A thousand files: cp needs a quarter of the time of node's cpSync, and runs outside this
  // process.
  await promisify(execFile)('cp', ['-R', `${template}/.`, dataDir]);
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

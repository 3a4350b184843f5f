import { randomUUID } from 'node:crypto';
import { asAdmin, createEmptyPostgres, type TestDatabase } from './databases.ts';

/** A role of a test's own, and how it reaches the test's database. */
export interface TestRole extends AsyncDisposable {
  name: string;
  password: string;
  /** The database, reached as this role. */
  place: TestDatabase;
  /**
   * Runs statements in the database as its administrator, in a session without any of the role's
   * settings.
   */
  asAdmin(...statements: string[]): Promise<Record<string, unknown>[]>;
}

/**
 * Creates a database and a role that may connect to it; `setUp` receives the names of both and
 * returns statements to run. The role may do nothing else, unless those statements say so.
 */
export async function createTestRole(
  setUp: (role: string, database: string) => readonly string[] = () => [],
): Promise<TestRole> {
  const database = await createEmptyPostgres();
  const url = new URL(database.databaseUrl ?? '');
  const name = `role_${randomUUID().replaceAll('-', '')}`;
  const password = 's3cret';
  const runAll = async (...statements: string[]) => {
    let rows: Record<string, unknown>[] = [];
    await asAdmin(async (sql) => {
      // The database may have settings of its own, which count for this session too.
      await sql.unsafe(`set datestyle = 'ISO'; set timezone = 'UTC'; set search_path = public;
        set statement_timeout = 0; set lock_timeout = 0; set standard_conforming_strings = on; set extra_float_digits = 1`);
      for (const statement of statements) rows = await sql.unsafe(statement);
    }, database.databaseUrl);
    return rows;
  };
  await runAll(`create role ${name} login password '${password}'`, ...setUp(name, url.pathname.slice(1)));
  const databaseUrl = new URL(url);
  databaseUrl.username = name;
  databaseUrl.password = password;
  return {
    name,
    password,
    place: { ...database, databaseUrl: databaseUrl.href },
    asAdmin: runAll,
    async [Symbol.asyncDispose]() {
      await database.drop();
      await asAdmin((sql) => sql.unsafe(`drop role ${name}`));
    },
  };
}

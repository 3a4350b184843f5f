import type { Database } from '../../../src/store/database/database.ts';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import type { TestDatabase } from './databases.ts';

/** The databases whose handle is kept, each with the handle that is open now. */
const kept = new Map<TestDatabase, Database | undefined>();

/**
 * From now on `useDatabase` opens this database once, and keeps it open until `letGo`. An embedded
 * database takes longer to open than most tests to use it.
 */
export function keepOpen(database: TestDatabase): void {
  kept.set(database, undefined);
}

/** Runs `work` on a database: on the kept handle, or on one that is closed afterwards. */
export async function useDatabase<T>(
  database: TestDatabase,
  work: (opened: Database) => PromiseLike<T>,
): Promise<T> {
  if (kept.has(database)) {
    const handle = kept.get(database) ?? (await openDatabase(database));
    kept.set(database, handle);
    return await work(handle);
  }
  await using opened = await openDatabase(database);
  return await work(opened);
}

/**
 * Closes the kept handle, if there is one: an embedded database has one process and one handle at
 * a time.
 */
export async function letGo(database: TestDatabase): Promise<void> {
  const handle = kept.get(database);
  if (handle === undefined) return;
  kept.set(database, undefined);
  await handle[Symbol.asyncDispose]();
}

import { sql } from 'drizzle-orm';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import type { TestDatabase } from './databases.ts';

/**
 * Reads rows past the service, for what the public interface does not show. On PGlite the service
 * must be closed before: an embedded database has one process at a time.
 */
export async function readRows(database: TestDatabase, query: string): Promise<Record<string, unknown>[]> {
  await using opened = await openDatabase(database);
  const result: unknown = await opened.acrossTenants.read((queries) => queries.execute(sql.raw(query)));
  // postgres.js gives an array of rows, PGlite an object that holds one.
  return Array.isArray(result) ? result : (result as { rows: Record<string, unknown>[] }).rows;
}

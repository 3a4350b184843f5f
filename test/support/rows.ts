import { sql } from 'drizzle-orm';
import { run } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import type { TestDatabase } from './databases.ts';

/**
 * Reads rows past the service, for what the public interface does not show. On PGlite the service must be closed before: an
 * embedded database has one process at a time.
 */
export async function readRows(database: TestDatabase, query: string): Promise<Record<string, unknown>[]> {
  await using opened = await openDatabase(database);
  return await opened.read((queries) => run(queries, sql.raw(query)));
}

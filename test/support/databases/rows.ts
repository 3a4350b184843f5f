import { sql } from 'drizzle-orm';
import type { TestDatabase } from './databases.ts';
import { useDatabase } from './kept-open.ts';

/**
 * Reads rows past the service, for what the public interface does not show. On PGlite the service
 * must be closed before: an embedded database has one process at a time.
 */
export async function readRows(database: TestDatabase, query: string): Promise<Record<string, unknown>[]> {
  const result: unknown = await useDatabase(database, (opened) =>
    opened.acrossTenants.read((queries) => queries.execute(sql.raw(query))),
  );
  // postgres.js gives an array of rows, PGlite an object that holds one.
  return Array.isArray(result) ? result : (result as { rows: Record<string, unknown>[] }).rows;
}

import { sql } from 'drizzle-orm';
import { run } from '../../../src/store/database/statements.ts';
import type { TestDatabase } from './databases.ts';
import { useDatabase } from './kept-open.ts';

/**
 * Reads rows past the service, for what the public interface does not show. On PGlite the service
 * must be closed before: an embedded database has one process at a time.
 */
export async function readRows(database: TestDatabase, query: string): Promise<Record<string, unknown>[]> {
  return await useDatabase(database, (opened) =>
    opened.acrossTenants.read((queries) => run(queries, sql.raw(query))),
  );
}

import type { Database, WakeUpKind } from './database.ts';
import { openPglite } from './pglite/open-pglite.ts';
import { openPostgres } from './postgres/open-postgres.ts';

/** Where the data is: PostgreSQL behind a URL, else the embedded database in a directory. */
export interface DatabaseLocation {
  databaseUrl: string | undefined;
  dataDir: string;
  /** How other processes are told that a log has grown; `notify` if left out. */
  wakeUps?: WakeUpKind;
}

/** Opens the database, migrated. Throws a Misconfiguration, with one clear line, where that cannot be done. */
export function openDatabase({ databaseUrl, dataDir, wakeUps }: DatabaseLocation): Promise<Database> {
  return databaseUrl === undefined ? openPglite(dataDir) : openPostgres(databaseUrl, wakeUps);
}

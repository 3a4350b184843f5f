import type { Database, WakeUpKind } from './database.ts';
import { toSchemaChoice } from './migrations/schema-choice.ts';
import { openPglite } from './pglite/open-pglite.ts';
import { openPostgres } from './postgres/open-postgres.ts';
import { readPostgresLocation } from './postgres/postgres-location.ts';

/** Where the data is: PostgreSQL behind a URL, else the embedded database in a directory. */
export interface DatabaseLocation {
  databaseUrl: string | undefined;
  dataDir: string;
  /** The schema that contains the tables; undefined for the default, `public`. */
  databaseSchema?: string | undefined;
  /** How other processes are told that a log has grown; `notify` if left out. */
  wakeUps?: WakeUpKind;
}

/** Opens the database, migrated. Throws a Misconfiguration, with one clear line, where that cannot be done. */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  const { databaseUrl, dataDir, databaseSchema, wakeUps } = location;
  const choice = toSchemaChoice(databaseSchema);
  return databaseUrl === undefined
    ? openPglite(dataDir, choice)
    : openPostgres(readPostgresLocation(databaseUrl, choice.schema), choice, wakeUps);
}

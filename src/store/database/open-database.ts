import type { Database, WakeUpKind } from './database.ts';
import { toSchemaChoice } from './migrations/schema-choice.ts';
import { openPglite } from './pglite/open-pglite.ts';
import { type Deadlines, openPostgres } from './postgres/open-postgres.ts';
import { readPostgresLocation } from './postgres/postgres-location.ts';

/** The place of the data: PostgreSQL at a URL, else the embedded database in a directory. */
export interface DatabaseLocation {
  databaseUrl: string | undefined;
  dataDir: string;
  /** The schema that contains the tables; undefined for the default, `public`. */
  databaseSchema?: string | undefined;
  /** How wake-ups reach other processes; the default is `notify`. */
  wakeUps?: WakeUpKind;
  /** Whether every tenant's statements work as a role that sees one tenant; PostgreSQL only. */
  rowLevelSecurity?: boolean;
  /** The most time of each read and write; PostgreSQL only. */
  deadlines?: Deadlines;
}

/** Opens the database and applies its migrations. Throws a Misconfiguration if that fails. */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  const { databaseUrl, dataDir, databaseSchema, wakeUps: wakeUpKind, rowLevelSecurity, deadlines } = location;
  const choice = toSchemaChoice(databaseSchema);
  return databaseUrl === undefined
    ? openPglite(dataDir, choice)
    : openPostgres(readPostgresLocation(databaseUrl, choice.schema), choice, {
        wakeUpKind,
        rowLevelSecurity,
        deadlines,
      });
}

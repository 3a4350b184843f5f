import { resolve } from 'node:path';
import { parseConfig } from '../../config.ts';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { DatabaseLocation } from '../../store/database/open-database.ts';
import { isDataDir } from '../../store/database/pglite/open-pglite.ts';

/**
 * Reads the location of an existing database from the environment. Throws a Misconfiguration
 * for wrong settings, and for a data directory without a database: opening it would create an
 * empty database, on which every command would succeed.
 */
export function findDatabase(environment: Readonly<Record<string, string | undefined>>): DatabaseLocation {
  const config = parseConfig(environment);
  if (config.databaseUrl !== undefined || isDataDir(config.dataDir)) return config;
  throw new Misconfiguration([
    `DATA_DIR: there is no database in ${resolve(config.dataDir)}; npm start or npm run migrate would create one.`,
  ]);
}

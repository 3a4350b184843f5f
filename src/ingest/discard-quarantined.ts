import type { Database } from '../store/database/database.ts';
import type { QuarantineKey } from '../store/tables/quarantine-key.ts';
import { removeQuarantined } from '../store/write/settle-quarantined.ts';

/** Drops items from quarantine for good; gives how many of them were there. Throws UNAVAILABLE while the database is away. */
export async function discardQuarantined(
  database: Database,
  keys: readonly QuarantineKey[],
): Promise<number> {
  return keys.length === 0 ? 0 : removeQuarantined(database, keys);
}

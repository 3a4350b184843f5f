import type { Database } from '../store/database/database.ts';
import type { QuarantineKey } from '../store/tables/quarantine-key.ts';
import { removeQuarantined } from '../store/write/settle-quarantined.ts';

/**
 * Deletes items from quarantine for good. Returns how many there were. Throws UNAVAILABLE while the
 * database is down.
 */
export async function discardQuarantined(
  database: Database,
  keys: readonly QuarantineKey[],
): Promise<number> {
  return keys.length === 0 ? 0 : removeQuarantined(database, keys);
}

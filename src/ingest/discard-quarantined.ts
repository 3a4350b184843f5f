import type { TenantDatabases } from '../store/database/database.ts';
import type { QuarantineKey } from '../store/tables/quarantine-key.ts';
import { removeQuarantined } from '../store/write/settle-quarantined.ts';

/** Deletes items from quarantine and returns their number. Throws UNAVAILABLE in an outage. */
export async function discardQuarantined(
  databases: TenantDatabases,
  keys: readonly QuarantineKey[],
): Promise<number> {
  return keys.length === 0 ? 0 : removeQuarantined(databases, keys);
}

import { Refusal } from '../../domain/refusal.ts';
import type { QuarantineKey } from '../../store/tables/quarantine-key.ts';
import { parseGlobalId, toGlobalId } from '../global-id.ts';

export const QUARANTINED_EVENT = 'QuarantinedEvent';

/** Returns the global id of an item in quarantine. */
export function toQuarantinedEventId({ tenantId, itemKey }: QuarantineKey): string {
  return toGlobalId(QUARANTINED_EVENT, tenantId, itemKey);
}

/**
 * Parses the ids in a mutation's input; returns each key once, in the order of `ids`. An id that
 * does not belong to an item of the owners is skipped, as if the item did not exist. Throws
 * BATCH_TOO_LARGE for more than `maxBatch` ids.
 */
export function parseQuarantinedEventIds(
  ids: readonly string[],
  owners: readonly string[],
  maxBatch: number,
): QuarantineKey[] {
  if (ids.length > maxBatch) {
    throw new Refusal('BATCH_TOO_LARGE', `ids: ${ids.length} ids are more than ${maxBatch} at once.`);
  }
  const keys = new Map<string, QuarantineKey>();
  for (const id of ids) {
    const key = parseQuarantinedEventId(id);
    if (key !== undefined && owners.includes(key.tenantId)) keys.set(toQuarantinedEventId(key), key);
  }
  return [...keys.values()];
}

function parseQuarantinedEventId(id: string): QuarantineKey | undefined {
  const { typeName, tenantId, keys } = parseGlobalId(id) ?? {};
  const [itemKey] = keys ?? [];
  if (typeName !== QUARANTINED_EVENT || tenantId === undefined || keys?.length !== 1) return undefined;
  return typeof itemKey === 'string' ? { tenantId, itemKey } : undefined;
}

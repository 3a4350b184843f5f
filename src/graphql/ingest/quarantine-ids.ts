import { Refusal } from '../../domain/refusal.ts';
import type { QuarantineKey } from '../../store/tables/quarantine-key.ts';
import { parseGlobalId, toGlobalId } from '../global-id.ts';

export const QUARANTINED_EVENT = 'QuarantinedEvent';

/** The global id of an item in quarantine. */
export function toQuarantinedEventId({ tenantId, itemKey }: QuarantineKey): string {
  return toGlobalId(QUARANTINED_EVENT, tenantId, itemKey);
}

/**
 * Reads the ids that a mutation names, each once and in their order. What is no id of an item of the owners is left out, as if it
 * did not exist. Throws BATCH_TOO_LARGE.
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

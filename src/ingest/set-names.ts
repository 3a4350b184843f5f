import { Refusal } from '../domain/refusal.ts';
import { isId, isStorableText } from '../domain/values/text.ts';
import type { TenantDatabases } from '../store/database/database.ts';
import { type NameToSet, setNames } from '../store/write/set-names.ts';

const MAX_NAMES = 1_000;
/** The longest name, in UTF-16 units. */
const MAX_NAME_LENGTH = 1_000;

/** The name of an id of a tenant, from a client. */
export type NameToRecord = NameToSet & { tenantId: string };

/**
 * Stores and removes names. Of two entries for one id the last counts. Returns the number of names
 * that differ from before. Throws BAD_USER_INPUT or BATCH_TOO_LARGE for an unusable list, and
 * FORBIDDEN if the caller may not write to a tenant; nothing is stored then.
 */
export async function recordNames(
  database: TenantDatabases,
  names: readonly NameToRecord[],
  mayWrite: (tenantId: string) => boolean,
): Promise<number> {
  if (names.length > MAX_NAMES) {
    throw new Refusal('BATCH_TOO_LARGE', `names: ${names.length} names are more than ${MAX_NAMES} at once.`);
  }
  for (const [index, name] of names.entries()) checkName(name, `names[${index}]`);
  if (!names.every(({ tenantId }) => mayWrite(tenantId))) {
    throw new Refusal('FORBIDDEN', 'You may not write to this tenant.');
  }
  let changed = 0;
  for (const tenantId of new Set(names.map((name) => name.tenantId))) {
    const own = names.filter((name) => name.tenantId === tenantId);
    const last = new Map(own.map((name) => [`${name.kind} ${name.id}`, name]));
    changed += await setNames(database.forTenant(tenantId), [...last.values()]);
  }
  return changed;
}

function checkName({ tenantId, id, name }: NameToRecord, place: string): void {
  if (!isId(tenantId)) throw new Refusal('BAD_USER_INPUT', `${place}.tenantId: this is not a tenant id.`);
  if (!isId(id)) throw new Refusal('BAD_USER_INPUT', `${place}.id: this is not an id.`);
  if (name === null || name === undefined) return;
  if (!isStorableText(name)) {
    throw new Refusal('BAD_USER_INPUT', `${place}.name: U+0000 and lone surrogates cannot be stored.`);
  }
  if (name.length > MAX_NAME_LENGTH) {
    throw new Refusal('BAD_USER_INPUT', `${place}.name: a name has at most ${MAX_NAME_LENGTH} characters.`);
  }
}

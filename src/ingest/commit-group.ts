import { Refusal } from '../domain/refusal.ts';
import type { Database } from '../store/database/database.ts';
import { recordEvents } from '../store/write/record-events.ts';
import type { TenantBatch } from './tenant-batch.ts';

const STORING_TIMEOUT =
  'Storing took too long, because the database is busy or another session locks the log. It is safe to send it again.';

/**
 * Stores the next part of each batch of a group in one transaction and resolves those parts.
 * All batches belong to one tenant. If the content of the group fails the transaction, the
 * group is halved until the failing batch is alone. An outage fails every batch of the group.
 * Never throws.
 */
export async function commitGroup(
  database: Database,
  tenantId: string,
  group: readonly TenantBatch[],
): Promise<void> {
  const parts = group.flatMap(({ nextPart }) => nextPart ?? []);
  try {
    const recorded = await recordEvents(
      database,
      tenantId,
      parts.flatMap(({ events }) => events),
      parts.flatMap(({ quarantined }) => quarantined),
    );
    let from = 0;
    for (const batch of group) {
      const to = from + (batch.nextPart?.events.length ?? 0);
      batch.resolvePart(recorded.slice(from, to));
      from = to;
    }
  } catch (failure) {
    const outage = toOutage(failure);
    if (group.length <= 1 || outage !== undefined) {
      for (const batch of group) batch.reject(outage ?? failure);
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await commitGroup(database, tenantId, group.slice(0, middle));
    await commitGroup(database, tenantId, group.slice(middle));
  }
}

/** Returns the refusal if the database cannot work now; undefined if the content failed. */
function toOutage(failure: unknown): Refusal | undefined {
  if (!(failure instanceof Refusal)) return undefined;
  // A group fits into one transaction, so a smaller one would not end a timeout.
  if (failure.code === 'TIMEOUT') return new Refusal('TIMEOUT', STORING_TIMEOUT, {}, failure);
  return failure.code === 'UNAVAILABLE' ? failure : undefined;
}

import { Refusal } from '../domain/refusal.ts';
import type { Database } from '../store/database/database.ts';
import { unavailable } from '../store/database/failure.ts';
import { recordEvents } from '../store/write/record-events.ts';
import type { TenantBatch } from './tenant-batch.ts';

/**
 * Stores the next part of each share, all of one tenant, in one transaction, and answers for it. Where the transaction fails
 * because of what is in it, the shares are tried apart, so that the one at fault fails alone; an outage fails them all. Never
 * throws.
 */
export async function commitGroup(
  database: Database,
  tenantId: string,
  group: readonly TenantBatch[],
): Promise<void> {
  const parts = group.flatMap(({ next }) => next ?? []);
  try {
    const answers = await recordEvents(
      database,
      tenantId,
      parts.flatMap(({ events }) => events),
      parts.flatMap(({ quarantined }) => quarantined),
    );
    let from = 0;
    for (const share of group) {
      const to = from + (share.next?.events.length ?? 0);
      share.answer(answers.slice(from, to));
      from = to;
    }
  } catch (failure) {
    const outage = toOutage(failure);
    if (group.length <= 1 || outage !== undefined) {
      for (const share of group) share.refuse(outage ?? failure);
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await commitGroup(database, tenantId, group.slice(0, middle));
    await commitGroup(database, tenantId, group.slice(middle));
  }
}

/** What a caller gets while the database cannot work; undefined where the fault is in what was to be stored. */
function toOutage(failure: unknown): Refusal | undefined {
  if (!(failure instanceof Refusal)) return undefined;
  // Groups are small enough, so one that takes too long waits for something else: nobody could ask for less.
  if (failure.code === 'TIMEOUT') return unavailable(failure);
  return failure.code === 'UNAVAILABLE' ? failure : undefined;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../../domain/values/instant.ts';
import type { Database } from '../../store/database/database.ts';
import {
  findPrunable,
  findPrunedLog,
  type PrunableEvents,
  type PrunedLog,
  pruneEvents,
} from '../../store/write/prune-events.ts';

/** Limits of one transaction. Ingest of the tenant waits for it, some ten milliseconds. */
const EVENTS_AT_ONCE = 500;
const BYTES_AT_ONCE = 4_000_000;
/** Events of one statement that only counts. */
const COUNTED_AT_ONCE = 5_000;

/** Prunes the old events of a log. Yields each pruned part. Ends early if `signal` aborts. */
export async function* pruneLog(
  database: Database,
  log: PrunedLog,
  cutOff: Instant,
  signal: AbortSignal,
): AsyncGenerator<PrunableEvents> {
  const own = database.forTenant(log.tenantId);
  for (let current: PrunedLog | undefined = log; current !== undefined && !signal.aborted; ) {
    const old = await findPrunable(own, current, cutOff, EVENTS_AT_ONCE, BYTES_AT_ONCE);
    if (old === undefined) return;
    const startedAt = performance.now();
    if (await pruneEvents(own, old)) {
      // Ingest gets half of the time. An embedded database has no other users, but it answers
      // without a turn of the event loop, so signals would not arrive without this pause.
      await sleep(database.kind === 'postgres' ? performance.now() - startedAt : 0);
      yield old;
      current = { tenantId: old.tenantId, prunedThrough: old.through };
    } else {
      // Another process has pruned this part, or the answer to the commit was lost. Pruning
      // continues from the current position.
      current = await findPrunedLog(own);
    }
  }
}

/** Yields each part that `pruneLog` would prune, without pruning it. */
export async function* findOldEvents(
  database: Database,
  log: PrunedLog,
  cutOff: Instant,
  signal: AbortSignal,
): AsyncGenerator<PrunableEvents> {
  const own = database.forTenant(log.tenantId);
  for (let current = log; !signal.aborted; ) {
    const old = await findPrunable(own, current, cutOff, COUNTED_AT_ONCE);
    if (old === undefined) return;
    await sleep(0);
    yield old;
    current = { tenantId: old.tenantId, prunedThrough: old.through };
  }
}

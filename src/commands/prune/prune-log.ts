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

/** Of one transaction: ingest of the tenant waits for it, so it is over within some ten milliseconds. */
const EVENTS_AT_ONCE = 500;
const BYTES_AT_ONCE = 4_000_000;
/** Of one statement that only counts. */
const COUNTED_AT_ONCE = 5_000;

/** Prunes what is old in a tenant's log, and gives each part of it that is gone. Ends early when `signal` aborts. */
export async function* pruneLog(
  database: Database,
  log: PrunedLog,
  cutOff: Instant,
  signal: AbortSignal,
): AsyncGenerator<PrunableEvents> {
  for (let current: PrunedLog | undefined = log; current !== undefined && !signal.aborted; ) {
    const old = await findPrunable(database, current, cutOff, EVENTS_AT_ONCE, BYTES_AT_ONCE);
    if (old === undefined) return;
    const startedAt = performance.now();
    if (await pruneEvents(database, old)) {
      // Those who ingest get half of the time. An embedded database has none, and works without ever letting a signal in.
      await sleep(database.kind === 'postgres' ? performance.now() - startedAt : 0);
      yield old;
      current = { tenantId: old.tenantId, prunedThrough: old.through };
    } else {
      // Another prune is at work, or the answer to our own commit was lost: where it stands now, it goes on.
      current = await findPrunedLog(database, log.tenantId);
    }
  }
}

/** Gives each part that `pruneLog` would prune, and prunes nothing. */
export async function* findOldEvents(
  database: Database,
  log: PrunedLog,
  cutOff: Instant,
  signal: AbortSignal,
): AsyncGenerator<PrunableEvents> {
  for (let current = log; !signal.aborted; ) {
    const old = await findPrunable(database, current, cutOff, COUNTED_AT_ONCE);
    if (old === undefined) return;
    await sleep(0);
    yield old;
    current = { tenantId: old.tenantId, prunedThrough: old.through };
  }
}

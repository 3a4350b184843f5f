import { toBytesText, toEventsText } from 'qlik-event-graph-ingest/console/format';
import { openStatusLine, type StatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { type Instant, toInstant } from '../../domain/values/instant.ts';
import type { Database } from '../../store/database/database.ts';
import { type PrunedLog, reclaimSpace } from '../../store/write/prune-events.ts';
import { listLogs } from './list-logs.ts';
import { findOldEvents, pruneLog } from './prune-log.ts';
import type { PruneOptions } from './prune-options.ts';

/**
 * VACUUM runs after this many events and at the end. Until then each further event needs new
 * space.
 */
const RECLAIM_AFTER = 250_000;

/** The state of a running prune. */
interface Pruning {
  database: Database;
  cutOff: Instant;
  isDryRun: boolean;
  signal: AbortSignal;
  status: StatusLine;
  /** Events pruned since the last VACUUM. */
  unreclaimed: number;
}

interface Tally {
  events: number;
  bytes: number;
}

/**
 * Prunes, or counts what would be pruned, and reports it on standard output. Returns the exit
 * status, or 'interrupted'.
 */
export async function prune(
  database: Database,
  { olderThanMs, tenantIds, isDryRun }: PruneOptions,
  signal: AbortSignal,
): Promise<number | 'interrupted'> {
  const cutOff = toInstant(Date.now() - olderThanMs);
  const pruning = { database, cutOff, isDryRun, signal, status: openStatusLine(), unreclaimed: 0 };
  const total: Tally = { events: 0, bytes: 0 };
  for await (const log of listLogs(database, tenantIds)) {
    if (signal.aborted) break;
    const { events, bytes } = await pruneTenant(pruning, log);
    total.events += events;
    total.bytes += bytes;
  }
  // Also if nothing was pruned: an interrupted run may have left this step undone.
  if (!isDryRun) await reclaim(pruning);
  pruning.status.clear();
  const verb = isDryRun ? 'would be pruned' : 'pruned';
  process.stdout.write(`received before ${cutOff}: ${toText(total)} ${verb}\n`);
  if (!signal.aborted) return 0;
  process.stderr.write('Interrupted. Pruned events stay pruned; run it again to resume.\n');
  return 'interrupted';
}

async function pruneTenant(pruning: Pruning, log: PrunedLog): Promise<Tally> {
  const { database, cutOff, isDryRun, signal, status } = pruning;
  const tally: Tally = { events: 0, bytes: 0 };
  let last = log.prunedThrough;
  const parts = isDryRun ? findOldEvents : pruneLog;
  for await (const { after, through, bytes } of parts(database, log, cutOff, signal)) {
    tally.events += through - after;
    tally.bytes += bytes;
    last = through;
    status.update(() => `${log.tenantId}: ${toText(tally)} so far`);
    if (isDryRun) continue;
    pruning.unreclaimed += through - after;
    if (pruning.unreclaimed >= RECLAIM_AFTER) await reclaim(pruning);
  }
  if (tally.events > 0) {
    status.clear();
    const verb = isDryRun ? 'would be pruned' : 'pruned';
    process.stdout.write(`${log.tenantId}: ${toText(tally)} ${verb}, through position ${last}\n`);
  }
  return tally;
}

async function reclaim(pruning: Pruning): Promise<void> {
  const { database, signal, status } = pruning;
  if (signal.aborted) return;
  status.update(() => 'making the space of pruned events usable again');
  try {
    await reclaimSpace(database, signal);
    pruning.unreclaimed = 0;
  } catch (failure) {
    if (!signal.aborted) throw failure;
  }
}

function toText({ events, bytes }: Tally): string {
  return `${toEventsText(events)} (${toBytesText(bytes)})`;
}

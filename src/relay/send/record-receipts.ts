import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Receipt } from 'qlik-event-graph-ingest';
import type { RelayMetrics } from '../metrics.ts';
import type { RejectedEvent } from '../spool/rejected-file.ts';

/** The pause after an error of the disk. */
const DISK_PAUSE_MS = 1_000;

export interface Recording {
  recordRejected(rejected: readonly RejectedEvent[]): Promise<void>;
  metrics: RelayMetrics;
  log: Logger;
  /** After it aborts, a failed write is not repeated. */
  stop: AbortSignal;
}

/** Counts the receipts of events, and records the rejected events. */
export async function recordReceipts(
  recording: Recording,
  events: readonly Buffer[],
  receipts: readonly Receipt[],
): Promise<void> {
  const rejected = events.flatMap((event, index): RejectedEvent[] => {
    const receipt = receipts[index];
    return receipt?.outcome === 'REJECTED' ? [{ event, errors: receipt.errors }] : [];
  });
  if (rejected.length > 0) await reject(recording, rejected);
  for (const { outcome } of receipts) recording.metrics.events.inc({ outcome: outcome.toLowerCase() });
}

/** Appends events to rejected.ndjson; tries until that succeeds. Rejects if `stop` aborts. */
export async function reject(
  { recordRejected, metrics, log, stop }: Recording,
  rejected: readonly RejectedEvent[],
): Promise<void> {
  for (;;) {
    try {
      await recordRejected(rejected);
      break;
    } catch (failure) {
      log.error({ code: (failure as NodeJS.ErrnoException).code }, 'rejected.ndjson could not be written');
      await sleep(DISK_PAUSE_MS, undefined, { signal: stop }).catch(() => undefined);
      stop.throwIfAborted();
    }
  }
  metrics.rejected.inc(rejected.length);
  const codes = [...new Set(rejected.flatMap(({ errors }) => errors.map(({ code }) => code)))];
  log.error({ count: rejected.length, codes }, 'events were rejected: see rejected.ndjson');
}

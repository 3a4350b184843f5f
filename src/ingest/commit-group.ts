import { Refusal } from '../domain/refusal.ts';
import { toOutcome } from '../domain/runs/automation-run.ts';
import type { CommitReport, ServiceMetrics } from '../metrics/service-metrics.ts';
import type { Database } from '../store/database/database.ts';
import { type RecordedEvent, recordEvents } from '../store/write/record-events.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { BatchPart, TenantBatch } from './tenant-batch.ts';

/** Measure and trace what the queue does. */
export interface Observers {
  metrics?: ServiceMetrics | undefined;
  tracing?: Tracing | undefined;
}

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
  observers: Observers = {},
): Promise<void> {
  const parts = group.flatMap(({ nextPart }) => nextPart ?? []);
  const { metrics, tracing } = observers;
  const startedAt = performance.now();
  const links = group.flatMap(({ span }) => span ?? []);
  const span = tracing?.startCommit(
    links,
    parts.reduce((sum, { items }) => sum + items, 0),
  );
  try {
    const record = () =>
      recordEvents(
        database,
        tenantId,
        parts.flatMap(({ events }) => events),
        parts.flatMap(({ quarantined }) => quarantined),
      );
    const recorded = await (span === undefined ? record() : span.run(record));
    span?.end(true);
    const seconds = (performance.now() - startedAt) / 1_000;
    let from = 0;
    for (const batch of group) {
      const to = from + (batch.nextPart?.events.length ?? 0);
      batch.resolvePart(recorded.slice(from, to));
      from = to;
    }
    metrics?.recordCommit(toReport(tenantId, parts, recorded, seconds));
  } catch (failure) {
    span?.end(false);
    const outage = toOutage(failure);
    if (group.length <= 1 || outage !== undefined) {
      for (const batch of group) batch.reject(outage ?? failure);
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await commitGroup(database, tenantId, group.slice(0, middle), observers);
    await commitGroup(database, tenantId, group.slice(middle), observers);
  }
}

/** Returns the refusal if the database cannot work now; undefined if the content failed. */
function toOutage(failure: unknown): Refusal | undefined {
  if (!(failure instanceof Refusal)) return undefined;
  // A group fits into one transaction, so a smaller one would not end a timeout.
  if (failure.code === 'TIMEOUT') return new Refusal('TIMEOUT', STORING_TIMEOUT, {}, failure);
  return failure.code === 'UNAVAILABLE' ? failure : undefined;
}

/**
 * Returns what a transaction did. A retried item counts only once its event is in the log, because
 * a retry that fails changes nothing.
 */
function toReport(
  tenantId: string,
  parts: readonly BatchPart[],
  recorded: readonly RecordedEvent[],
  seconds: number,
): CommitReport {
  const items = { stored: 0, duplicate: 0, conflict: 0, quarantined: 0 };
  const runs: CommitReport['runs'][number][] = [];
  let head: number | undefined;
  let index = 0;
  for (const { events, quarantined } of parts) {
    items.quarantined += quarantined.length;
    for (const { event, isRetry } of events) {
      const answer = recorded[index];
      index += 1;
      if (answer?.outcome === 'DUPLICATE') items.duplicate += 1;
      else if (answer?.outcome === 'CONFLICT') items.conflict += isRetry ? 0 : 1;
      else if (answer !== undefined) {
        items.stored += 1;
        head = answer.position;
        const { run } = event.facts;
        if (run !== undefined) runs.push(toOutcome(run.facts.status?.word ?? 'UNKNOWN'));
      }
    }
  }
  return { tenantId, seconds, items, head, runs };
}

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../store/database/database.ts';
import { unavailable } from '../store/database/failure.ts';
import type { RecordedEvent } from '../store/write/record-events.ts';
import { commitGroup, type Observers } from './commit-group.ts';
import { QueueBudget } from './queue-budget.ts';
import { TenantBatch, type TenantItems } from './tenant-batch.ts';
import { TenantQueue } from './tenant-queue.ts';

/*
 * Group commit. A tenant has at most one transaction at a time, because each transaction locks
 * the head of the tenant's log. Batches that arrive during a transaction form the next one, so
 * a busy tenant commits many requests at once. A batch of an idle tenant starts in the next
 * turn of the event loop.
 *
 * A request is split into one TenantBatch per tenant. Each batch waits in the TenantQueue of
 * its tenant. Queues with waiting batches take turns at the connections (round robin), so one
 * busy tenant delays the others by one group.
 *
 * Memory is bounded by a QueueBudget. A request that does not fit is refused with RATE_LIMITED
 * before anything of it is stored. A batch that waits longer than MAX_WAIT_MS is refused with
 * UNAVAILABLE; none of its remaining parts started.
 */

/** A batch that waits longer than this is refused. */
const MAX_WAIT_MS = 30_000;
const WAIT_CHECK_MS = 500;
/** The most time to store the rest at a close. The whole shutdown must take less than 9 s. */
const DRAIN_MS = 1_500;

export interface IngestQueueLimits {
  /** The estimated bytes that the queue may hold in memory. */
  maxQueueBytes: number;
  maxWaitMs?: number;
}

/** The queue of items that wait for the database. */
export interface IngestQueue extends AsyncDisposable {
  /**
   * Stores the items of one request. Returns the results per tenant, in the order given.
   * Rejects with RATE_LIMITED at once and stores nothing if the queue is full. Rejects with
   * UNAVAILABLE if an item is not stored in time.
   */
  record(items: readonly TenantItems[]): Promise<RecordedEvent[][]>;
  /** The milliseconds after which a refused client should retry. */
  readonly retryAfterMs: number;
  /** The estimated bytes of the items that are not stored yet. */
  readonly bytes: number;
  /** Counts items that the caller does not send on, because they cannot be kept. */
  countRejected(count: number): void;
}

/**
 * Opens the queue of a database. On close it stores waiting items for up to DRAIN_MS. The
 * observers measure and trace each commit.
 */
export function openIngestQueue(
  database: Database,
  limits: IngestQueueLimits,
  { metrics, tracing }: Observers = {},
): IngestQueue {
  const { maxQueueBytes, maxWaitMs = MAX_WAIT_MS } = limits;
  const budget = new QueueBudget(maxQueueBytes);
  /** The tenants with something to store. Each is committing or in `ready`. */
  const queues = new Map<string, TenantQueue>();
  const ready: TenantQueue[] = [];
  let committing = 0;
  let isClosed = false;

  const startCommits = () => {
    while (committing < database.writers) {
      const queue = ready.shift();
      if (queue === undefined) return;
      // Every batch of the queue may have been refused while it waited.
      if (queue.isEmpty) queues.delete(queue.tenantId);
      else void commitNext(queue);
    }
  };

  const commitNext = async (queue: TenantQueue) => {
    committing += 1;
    // All batches of this turn of the event loop join the group. The embedded database works
    // within one turn, so without this pause no other request would run while batches wait.
    await nextTurn();
    const group = queue.takeGroup();
    const bytesBefore = sumBytes(group);
    await commitGroup(database, queue.tenantId, group, { metrics, tracing });
    budget.release(queue.tenantId, bytesBefore - sumBytes(group));
    for (const batch of group) if (batch.nextPart !== undefined) queue.add(batch, performance.now());
    committing -= 1;
    if (queue.isEmpty) queues.delete(queue.tenantId);
    else ready.push(queue);
    startCommits();
  };

  const refuseOlderThan = (instant: number) => {
    for (const queue of queues.values()) {
      for (const batch of queue.takeOlderThan(instant)) {
        budget.release(queue.tenantId, batch.bytes);
        batch.reject(unavailable());
      }
    }
  };
  const waitCheck = setInterval(() => refuseOlderThan(performance.now() - maxWaitMs), WAIT_CHECK_MS).unref();

  return {
    get retryAfterMs() {
      return budget.retryAfterMs;
    },
    get bytes() {
      return budget.bytes;
    },
    countRejected: (count) => metrics?.recordRejected(count),
    async record(items) {
      if (isClosed) throw unavailable();
      const batches = items.map((each) => new TenantBatch(each, tracing?.current()));
      budget.reserve(batches);
      for (const batch of batches) {
        let queue = queues.get(batch.tenantId);
        if (queue === undefined) {
          queue = new TenantQueue(batch.tenantId);
          queues.set(batch.tenantId, queue);
          ready.push(queue);
        }
        queue.add(batch, performance.now());
      }
      startCommits();
      return Promise.all(batches.map(({ recorded }) => recorded));
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      const endsAt = performance.now() + DRAIN_MS;
      while (queues.size > 0 && performance.now() < endsAt) await sleep(10);
      clearInterval(waitCheck);
      refuseOlderThan(Number.POSITIVE_INFINITY);
    },
  };
}

function sumBytes(batches: readonly TenantBatch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes, 0);
}

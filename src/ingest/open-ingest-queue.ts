import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../store/database/database.ts';
import { unavailable } from '../store/database/failure.ts';
import type { RecordedEvent } from '../store/write/record-events.ts';
import { commitGroup } from './commit-group.ts';
import { QueueBudget } from './queue-budget.ts';
import { TenantBatch, type TenantItems } from './tenant-batch.ts';
import { TenantQueue } from './tenant-queue.ts';

/** What waits for longer than this is refused; it was not begun. */
const MAX_WAIT_MS = 30_000;
const LOOK_MS = 500;
/** What a closing queue has to store the rest; with all else that closes it must be less than 9 s. */
const DRAIN_MS = 1_500;

export interface IngestQueueLimits {
  /** About the bytes that it may hold in memory. */
  maxQueueBytes: number;
  maxWaitMs?: number;
}

/** Where what is ingested waits for the database. */
export interface IngestQueue extends AsyncDisposable {
  /**
   * Stores what one request brings, and gives the answers to the events of each tenant, in their order. Rejects with
   * RATE_LIMITED at once, and stores nothing, where there is no room; with UNAVAILABLE where something is not stored in time.
   */
  record(items: readonly TenantItems[]): Promise<RecordedEvent[][]>;
  /** When a client may come back for which there is no room now. */
  readonly retryAfterMs: number;
}

/**
 * Opens the queue before a database. Each tenant has one transaction at a time, and what arrives meanwhile forms the next
 * one (group commit); what finds its tenant idle is begun at once. Where there are more tenants than connections, they take
 * turns. Closing it stores what still waits.
 */
export function openIngestQueue(database: Database, limits: IngestQueueLimits): IngestQueue {
  const { maxQueueBytes, maxWaitMs = MAX_WAIT_MS } = limits;
  const room = new QueueBudget(maxQueueBytes);
  /** Those that have something to store; each is at work, or waits for its turn. */
  const lanes = new Map<string, TenantQueue>();
  const turns: TenantQueue[] = [];
  let atWork = 0;
  let closed = false;

  const startWork = () => {
    while (atWork < database.writers) {
      const lane = turns.shift();
      if (lane === undefined) return;
      // What waited here may have been refused.
      if (lane.isEmpty) lanes.delete(lane.tenantId);
      else void storeGroup(lane);
    }
  };

  const storeGroup = async (lane: TenantQueue) => {
    atWork += 1;
    // What has arrived in this turn of the event loop belongs to the group. And the embedded database works within one turn, so
    // without a pause nobody else would get one while something waits to be stored.
    await nextTurn();
    const group = lane.takeGroup();
    const before = weigh(group);
    await commitGroup(database, lane.tenantId, group);
    room.free(lane.tenantId, before - weigh(group));
    for (const share of group) if (share.next !== undefined) lane.add(share, performance.now());
    atWork -= 1;
    if (lane.isEmpty) lanes.delete(lane.tenantId);
    else turns.push(lane);
    startWork();
  };

  const refuseOlderThan = (instant: number) => {
    for (const lane of lanes.values()) {
      for (const share of lane.takeOlderThan(instant)) {
        room.free(lane.tenantId, share.weight);
        share.refuse(unavailable());
      }
    }
  };
  const look = setInterval(() => refuseOlderThan(performance.now() - maxWaitMs), LOOK_MS).unref();

  return {
    get retryAfterMs() {
      return room.retryAfterMs;
    },
    async record(items) {
      if (closed) throw unavailable();
      const shares = items.map((each) => new TenantBatch(each));
      room.take(shares);
      for (const share of shares) {
        let lane = lanes.get(share.tenantId);
        if (lane === undefined) {
          lane = new TenantQueue(share.tenantId);
          lanes.set(share.tenantId, lane);
          turns.push(lane);
        }
        lane.add(share, performance.now());
      }
      startWork();
      return Promise.all(shares.map(({ stored }) => stored));
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      const endsAt = performance.now() + DRAIN_MS;
      while (lanes.size > 0 && performance.now() < endsAt) await sleep(10);
      clearInterval(look);
      refuseOlderThan(Number.POSITIVE_INFINITY);
    },
  };
}

function weigh(shares: readonly TenantBatch[]): number {
  return shares.reduce((sum, { weight }) => sum + weight, 0);
}

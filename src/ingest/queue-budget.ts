import { Refusal } from '../domain/refusal.ts';
import { DrainRate } from './drain-rate.ts';
import type { TenantBatch } from './tenant-batch.ts';

/** The part of the budget that one tenant may hold. */
const TENANT_PART = 1 / 2;
/** The part for every request. The rest is reserved for tenants without waiting batches. */
const COMMON_PART = 3 / 4;

const DEFAULT_RETRY_MS = 1_000;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;

/**
 * The memory budget of the ingest queue. A request of any size fits while nothing is reserved.
 * A batch of any size fits into the part of a tenant that has nothing reserved.
 */
export class QueueBudget {
  readonly #maxBytes: number;
  readonly #rate = new DrainRate();
  readonly #heldOf = new Map<string, number>();
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Reserves memory for all batches of a request. Throws RATE_LIMITED with `retryAfterMs`. */
  reserve(batches: readonly TenantBatch[]): void {
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
    const areTenantsNew = batches.every(({ tenantId }) => !this.#heldOf.has(tenantId));
    if (this.#held > 0 && this.#held + bytes > this.#maxBytes * (areTenantsNew ? 1 : COMMON_PART)) {
      throw this.#queueFull(this.#held);
    }
    for (const batch of batches) {
      const held = this.#heldOf.get(batch.tenantId) ?? 0;
      if (held > 0 && held + batch.bytes > this.#maxBytes * TENANT_PART) {
        // Tenants take turns, so the queue of one tenant drains at a part of the total rate.
        throw this.#queueFull(held * this.#heldOf.size);
      }
    }
    if (this.#held === 0) this.#rate.start();
    this.#held += bytes;
    for (const batch of batches) {
      this.#heldOf.set(batch.tenantId, (this.#heldOf.get(batch.tenantId) ?? 0) + batch.bytes);
    }
  }

  /** Releases the memory of stored or refused items. */
  release(tenantId: string, bytes: number): void {
    this.#held -= bytes;
    const held = (this.#heldOf.get(tenantId) ?? 0) - bytes;
    if (held > 0) this.#heldOf.set(tenantId, held);
    else this.#heldOf.delete(tenantId);
    this.#rate.add(bytes);
  }

  /** The reserved bytes. */
  get bytes(): number {
    return this.#held;
  }

  /** The milliseconds until half of the queue is stored, so that the database stays busy. */
  get retryAfterMs(): number {
    return this.#toRetryMs(this.#held);
  }

  #toRetryMs(waitingBytes: number): number {
    const ms = this.#rate.toMs(waitingBytes / 2) ?? DEFAULT_RETRY_MS;
    return Math.round(Math.min(Math.max(ms, MIN_RETRY_MS), MAX_RETRY_MS));
  }

  #queueFull(waitingBytes: number): Refusal {
    const retryAfterMs = this.#toRetryMs(waitingBytes);
    return new Refusal(
      'RATE_LIMITED',
      `The ingest queue is full; nothing from this request was stored. Retry in ${retryAfterMs} ms.`,
      { retryAfterMs },
    );
  }
}

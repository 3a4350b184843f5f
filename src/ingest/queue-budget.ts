import { Refusal } from '../domain/refusal.ts';
import { DrainRate } from './drain-rate.ts';
import type { TenantBatch } from './tenant-batch.ts';

/** What one tenant may take of all the room. */
const TENANT_PART = 1 / 2;
/** What is open to all; the rest is kept for tenants of which nothing waits. */
const COMMON_PART = 3 / 4;

const FIRST_HINT_MS = 1_000;
const SHORTEST_HINT_MS = 100;
const LONGEST_HINT_MS = 30_000;

/**
 * The memory for what waits for the database. A single request always finds room where nothing is held, however large it is;
 * so does its tenant's share.
 */
export class QueueBudget {
  readonly #maxWeight: number;
  readonly #rate = new DrainRate();
  readonly #heldOf = new Map<string, number>();
  #held = 0;

  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight;
  }

  /** Takes in all shares of a request, or none: then it throws RATE_LIMITED, with a hint when to come back. */
  take(shares: readonly TenantBatch[]): void {
    const weight = shares.reduce((sum, share) => sum + share.weight, 0);
    const areNew = shares.every(({ tenantId }) => !this.#heldOf.has(tenantId));
    if (this.#held > 0 && this.#held + weight > this.#maxWeight * (areNew ? 1 : COMMON_PART)) {
      throw this.#refuse(this.#held);
    }
    for (const { tenantId, weight } of shares) {
      const held = this.#heldOf.get(tenantId) ?? 0;
      if (held > 0 && held + weight > this.#maxWeight * TENANT_PART) {
        // Tenants take turns, so one of several drains at a part of the speed.
        throw this.#refuse(held * this.#heldOf.size);
      }
    }
    if (this.#held === 0) this.#rate.start();
    this.#held += weight;
    for (const share of shares) {
      this.#heldOf.set(share.tenantId, (this.#heldOf.get(share.tenantId) ?? 0) + share.weight);
    }
  }

  /** Gives back what is not held any longer. */
  free(tenantId: string, weight: number): void {
    this.#held -= weight;
    const held = (this.#heldOf.get(tenantId) ?? 0) - weight;
    if (held > 0) this.#heldOf.set(tenantId, held);
    else this.#heldOf.delete(tenantId);
    this.#rate.add(weight);
  }

  /** Milliseconds until half of what waits is stored: then there is room, and the database has not run dry. */
  get retryAfterMs(): number {
    return this.#toHint(this.#held);
  }

  #toHint(waiting: number): number {
    const ms = this.#rate.toMs(waiting / 2) ?? FIRST_HINT_MS;
    return Math.round(Math.min(Math.max(ms, SHORTEST_HINT_MS), LONGEST_HINT_MS));
  }

  #refuse(waiting: number): Refusal {
    const retryAfterMs = this.#toHint(waiting);
    return new Refusal(
      'RATE_LIMITED',
      `Too much waits to be stored, so nothing of this is taken. Send it again in ${retryAfterMs} ms.`,
      { retryAfterMs },
    );
  }
}

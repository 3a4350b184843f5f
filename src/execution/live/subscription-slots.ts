/** Limits the open subscriptions of each tenant. */
export class SubscriptionSlots {
  readonly #taken = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Reserves a slot. Returns a release function, or undefined at the tenant's limit. */
  take(tenantId: string): (() => void) | undefined {
    const taken = this.#taken.get(tenantId) ?? 0;
    if (taken >= this.#limit) return undefined;
    this.#taken.set(tenantId, taken + 1);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      const left = (this.#taken.get(tenantId) ?? 1) - 1;
      if (left > 0) this.#taken.set(tenantId, left);
      else this.#taken.delete(tenantId);
    };
  }

  /** The number of slots taken by all tenants. */
  get taken(): number {
    return [...this.#taken.values()].reduce((sum, count) => sum + count, 0);
  }
}

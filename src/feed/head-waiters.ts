/** A pending wait for a log to grow. */
export interface HeadWait {
  /** Resolves when the log has grown or the wait is cancelled. */
  done: Promise<void>;
  cancel(): void;
}

interface Waiter {
  after: number;
  settle: () => void;
}

/** The streams that wait until the head of a tenant's log passes their position. */
export class HeadWaiters {
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** The tenants with at least one waiter. */
  get tenantIds(): string[] {
    return [...this.#waiters.keys()];
  }

  /** Returns whether a waiter of the tenant waits for this head. */
  isAwaited(tenantId: string, head: number): boolean {
    for (const { after } of this.#waiters.get(tenantId) ?? []) if (after < head) return true;
    return false;
  }

  /** Resolves the waits of a tenant whose log has reached this head. */
  announce(tenantId: string, head: number): void {
    for (const waiter of [...(this.#waiters.get(tenantId) ?? [])]) {
      if (waiter.after < head) waiter.settle();
    }
  }

  /** Waits until the tenant's log grows beyond `after`. */
  wait(tenantId: string, after: number): HeadWait {
    let resolveDone: () => void = () => undefined;
    const done = new Promise<void>((resolve) => {
      resolveDone = resolve;
    });
    const settle = () => {
      const waiters = this.#waiters.get(tenantId);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.#waiters.delete(tenantId);
      resolveDone();
    };
    const waiter: Waiter = { after, settle };
    const waiters = this.#waiters.get(tenantId) ?? new Set();
    this.#waiters.set(tenantId, waiters.add(waiter));
    return { done, cancel: settle };
  }
}

/** A pending wait for a log to grow. */
export interface HeadWait {
  /**
   * Resolves when the log has grown or the wait is cancelled. Resolves to false if the log no
   * longer reaches the position of the wait.
   */
  done: Promise<boolean>;
  cancel(): void;
}

interface Waiter {
  after: number;
  /** The number of the wait. Waits are numbered from 1 as they begin. */
  number: number;
  settle: (isInLog: boolean) => void;
}

/** The streams that wait until the head of a tenant's log passes their position. */
export class HeadWaiters {
  readonly #waiters = new Map<string, Set<Waiter>>();
  #count = 0;

  /** The number of waits that have begun. */
  get count(): number {
    return this.#count;
  }

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
      if (waiter.after < head) waiter.settle(true);
    }
  }

  /**
   * Ends the waits for positions ahead of a head, with false. Only the first `earlierWaits` waits
   * are considered: those that began before the head was read. Returns whether there were some.
   */
  endAhead(tenantId: string, head: number, earlierWaits: number): boolean {
    const ahead = [...(this.#waiters.get(tenantId) ?? [])].filter(
      ({ after, number }) => after > head && number <= earlierWaits,
    );
    for (const waiter of ahead) waiter.settle(false);
    return ahead.length > 0;
  }

  /** Waits until the tenant's log grows beyond `after`. */
  wait(tenantId: string, after: number): HeadWait {
    let resolveDone: (isInLog: boolean) => void = () => undefined;
    const done = new Promise<boolean>((resolve) => {
      resolveDone = resolve;
    });
    const settle = (isInLog: boolean) => {
      const waiters = this.#waiters.get(tenantId);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.#waiters.delete(tenantId);
      resolveDone(isInLog);
    };
    this.#count += 1;
    const waiter: Waiter = { after, number: this.#count, settle };
    const waiters = this.#waiters.get(tenantId) ?? new Set();
    this.#waiters.set(tenantId, waiters.add(waiter));
    return { done, cancel: () => settle(true) };
  }
}

/** A wait for a log to grow. */
export interface Wait {
  /** Resolves when the log has grown, or when nobody waits any longer. */
  over: Promise<void>;
  cancel(): void;
}

/** Who waits for which log to grow beyond which position. */
export class HeadWaiters {
  readonly #waiting = new Map<string, Set<Waiter>>();

  /** The tenants whose logs somebody waits for. */
  get tenantIds(): string[] {
    return [...this.#waiting.keys()];
  }

  /** Tells whether somebody waits for the log to reach this head. */
  isAwaited(tenantId: string, head: number): boolean {
    for (const { after } of this.#waiting.get(tenantId) ?? []) if (after < head) return true;
    return false;
  }

  /** Tells those who wait that a log has this head. */
  announce(tenantId: string, head: number): void {
    for (const waiter of [...(this.#waiting.get(tenantId) ?? [])]) {
      if (waiter.after < head) waiter.settle();
    }
  }

  /** Waits for the log to grow beyond `after`. */
  wait(tenantId: string, after: number): Wait {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const settle = () => {
      const waiters = this.#waiting.get(tenantId);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.#waiting.delete(tenantId);
      end();
    };
    const waiter: Waiter = { after, settle };
    const waiters = this.#waiting.get(tenantId) ?? new Set();
    this.#waiting.set(tenantId, waiters.add(waiter));
    return { over, cancel: settle };
  }
}

interface Waiter {
  after: number;
  settle: () => void;
}

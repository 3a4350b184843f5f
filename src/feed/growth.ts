/** Who waits for which log to grow beyond which position. */
export class Growth {
  readonly #waiting = new Map<string, Set<Waiter>>();

  /** How many wait. */
  get waiting(): number {
    return [...this.#waiting.values()].reduce((sum, waiters) => sum + waiters.size, 0);
  }

  /** The tenants whose logs somebody waits for. */
  get tenantIds(): string[] {
    return [...this.#waiting.keys()];
  }

  /** Tells those who wait that a log has this head. */
  announce(tenantId: string, head: number): void {
    for (const waiter of [...(this.#waiting.get(tenantId) ?? [])]) {
      if (waiter.after < head) waiter.settle();
    }
  }

  /** Resolves when the log has grown beyond `after`, or when the signal aborts. */
  wait(tenantId: string, after: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const settle = () => {
        const waiters = this.#waiting.get(tenantId);
        waiters?.delete(waiter);
        if (waiters?.size === 0) this.#waiting.delete(tenantId);
        signal.removeEventListener('abort', settle);
        resolve();
      };
      const waiter: Waiter = { after, settle };
      signal.addEventListener('abort', settle);
      this.#waiting.set(tenantId, (this.#waiting.get(tenantId) ?? new Set()).add(waiter));
    });
  }
}

interface Waiter {
  after: number;
  settle: () => void;
}

import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Something was not taken for as long as somebody was ready to wait. */
export class GivenUp extends Error {}

/** Waits for a server that is away or has too much to do: all who send wait then, a little longer each time. */
export class Patience {
  readonly #longestMs: number;
  #failures = 0;
  #pausedUntil = 0;
  /** Why it waits now; undefined while the server takes what it is sent. */
  reason: string | undefined;

  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** The server has taken something. */
  renew(): void {
    this.#failures = 0;
    this.reason = undefined;
  }

  /** Resolves when nobody is to wait any more. Rejects when `signal` aborts. */
  async pass(signal: AbortSignal): Promise<void> {
    const leftMs = this.#pausedUntil - performance.now();
    if (leftMs > 0) await sleep(leftMs, undefined, { signal });
  }

  /**
   * Resolves when it is time to send again what is not taken since a moment (of `performance.now`): when the server said, or after a
   * pause that grows. Rejects with GivenUp when that is too long ago, and when `signal` aborts.
   */
  async wait(
    since: number,
    { reason, afterMs = 0 }: { reason: string; afterMs: number | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const now = performance.now();
    this.reason = reason;
    const leftMs = since + this.#longestMs - now;
    if (leftMs <= 0) throw new GivenUp(reason);
    // The others of a failure that all have met are no failures of their own.
    if (now >= this.#pausedUntil) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#pausedUntil = now + pauseMs * (0.75 + Math.random() / 2);
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, now + afterMs);
    await sleep(Math.min(leftMs, this.#pausedUntil - now), undefined, { signal });
  }
}

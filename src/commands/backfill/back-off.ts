import { setTimeout as sleep } from 'node:timers/promises';

/** Why not everything could be read or sent. The message contains nothing that a server sent. */
export class Obstacle extends Error {
  /** The HTTP status of the answer that refused the request, if one did. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/** The pauses of requests to one server, which are longer after each failure in a row. */
export class BackOff {
  readonly #giveUpAfterMs: number;
  readonly #stop: AbortSignal;
  #failures = 0;
  #givesUpAt = 0;
  /** Why requests wait now; undefined while the server answers. */
  waitsFor: string | undefined;

  constructor(giveUpAfterMs: number, stop: AbortSignal) {
    this.#giveUpAfterMs = giveUpAfterMs;
    this.#stop = stop;
  }

  /**
   * Waits before the next attempt, at least `afterMs`, which the server has asked for. Throws an
   * Obstacle after `giveUpAfterMs` of failures; the time that the server has asked for is not
   * counted. Rejects if the run stops.
   */
  async wait(reason: string, afterMs: number): Promise<void> {
    const now = performance.now();
    if (this.#failures === 0) this.#givesUpAt = now + this.#giveUpAfterMs;
    this.#givesUpAt += afterMs;
    const leftMs = this.#givesUpAt - now;
    if (leftMs <= 0) throw new Obstacle(`Given up: ${reason}.`);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.waitsFor = reason;
    const waitMs = Math.max(afterMs, Math.min(leftMs, pauseMs * (0.75 + Math.random() / 2)));
    await sleep(waitMs, undefined, { signal: this.#stop });
  }

  /** Ends the failures: an answer was read to its end. */
  reset(): void {
    this.#failures = 0;
    this.waitsFor = undefined;
  }
}

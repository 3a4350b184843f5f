/** The time constant of the moving average. */
const AVERAGE_MS = 5_000;

/** A moving average of the bytes stored per millisecond while the queue is not empty. */
export class DrainRate {
  readonly #now: () => number;
  #bytes = 0;
  #busyMs = 0;
  #at: number;

  /** `now` returns milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** Starts a measurement when an empty queue receives its first batch. */
  start(): void {
    this.#at = this.#now();
  }

  /** Records the bytes stored since the last call, while the queue was not empty. */
  add(bytes: number): void {
    const now = this.#now();
    const kept = Math.exp((this.#at - now) / AVERAGE_MS);
    this.#bytes = this.#bytes * kept + bytes;
    this.#busyMs = this.#busyMs * kept + (now - this.#at);
    this.#at = now;
  }

  /** Estimates the milliseconds to store `bytes`; undefined before the first measurement. */
  toMs(bytes: number): number | undefined {
    if (this.#bytes === 0) return undefined;
    // The time since the last call counts too, so a stalled database lowers the rate.
    return (bytes * (this.#busyMs + this.#now() - this.#at)) / this.#bytes;
  }
}

/** What was stored longer ago than this counts for little. */
const MEMORY_MS = 5_000;

/** How fast the database takes in what waits for it, measured over the last seconds in which something did. */
export class DrainRate {
  readonly #now: () => number;
  #weight = 0;
  #busyMs = 0;
  #at: number;

  /** `now` gives milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#at = now();
  }

  /** From now on something waits, after nothing did: the time until now says nothing. */
  start(): void {
    this.#at = this.#now();
  }

  /** So much is stored; something has waited since the last call. */
  add(weight: number): void {
    const now = this.#now();
    const kept = Math.exp((this.#at - now) / MEMORY_MS);
    this.#weight = this.#weight * kept + weight;
    this.#busyMs = this.#busyMs * kept + (now - this.#at);
    this.#at = now;
  }

  /** Milliseconds until so much will be stored, going by the past; undefined without one. */
  toMs(weight: number): number | undefined {
    if (this.#weight === 0) return undefined;
    // Where nothing was stored for a while, that counts too.
    return (weight * (this.#busyMs + this.#now() - this.#at)) / this.#weight;
  }
}

/** The size of a token bucket, and how many tokens it regains per second. */
export interface TokenRate {
  burst: number;
  perSecond: number;
}

/** Tolerates rounding, so that a caller who waits as long as asked is not refused again. */
const ROUNDING = 1e-6;

/** A token bucket: `burst` tokens at once, refilled at a rate per second. */
export class TokenBucket {
  readonly #rate: TokenRate;
  #tokens: number;
  #at: number;

  constructor(rate: TokenRate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Takes `count` tokens if there are so many, else none; `now` in milliseconds. */
  take(now: number, count = 1): boolean {
    const { burst, perSecond } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1_000);
    this.#at = now;
    if (this.#tokens + ROUNDING < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Returns the milliseconds from the last `take` until there are `count` tokens. */
  waitMs(count: number): number {
    return Math.ceil(((count - this.#tokens) * 1_000) / this.#rate.perSecond);
  }
}

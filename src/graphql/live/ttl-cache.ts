/** A cache whose entries expire, with a limit on their number. */
export class TtlCache<Value> {
  /** Oldest first. */
  readonly #entries = new Map<string, { value: Value; at: number }>();
  readonly #ttlMs: number;
  readonly #maxEntries: number;
  readonly #now: () => number;

  /** Keeps each value for `ttlMs`, and at most the newest `maxEntries`. `now` is in ms. */
  constructor(ttlMs: number, maxEntries: number, now: () => number = () => performance.now()) {
    this.#ttlMs = ttlMs;
    this.#maxEntries = maxEntries;
    this.#now = now;
  }

  /** The cached value of the key; without one, caches and returns what `make` returns. */
  get(key: string, make: () => Value): Value {
    const now = this.#now();
    const known = this.#entries.get(key);
    if (known !== undefined && now - known.at <= this.#ttlMs) return known.value;
    const value = make();
    this.#entries.delete(key);
    this.#entries.set(key, { value, at: now });
    this.#deleteExpired(now);
    return value;
  }

  /** Deletes the entry of the key, unless it holds another value by now. */
  delete(key: string, value: Value): void {
    if (this.#entries.get(key)?.value === value) this.#entries.delete(key);
  }

  #deleteExpired(now: number): void {
    for (const [key, { at }] of this.#entries) {
      if (this.#entries.size <= this.#maxEntries && now - at <= this.#ttlMs) return;
      this.#entries.delete(key);
    }
  }
}

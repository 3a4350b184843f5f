/** Remembers what was made lately, so that all who ask for the same thing at about the same time share it. */
export class TtlCache<Value> {
  readonly #made = new Map<string, { value: Value; at: number }>();
  readonly #keepMs: number;
  readonly #most: number;
  readonly #now: () => number;

  /** Keeps each value for `keepMs`, and the last `most` of them. `now` gives milliseconds. */
  constructor(keepMs: number, most: number, now: () => number = () => performance.now()) {
    this.#keepMs = keepMs;
    this.#most = most;
    this.#now = now;
  }

  /** What was made for this key, or is made now. */
  get(key: string, make: () => Value): Value {
    const now = this.#now();
    const known = this.#made.get(key);
    if (known !== undefined && now - known.at <= this.#keepMs) return known.value;
    const value = make();
    this.#made.delete(key);
    this.#made.set(key, { value, at: now });
    this.#forgetOld(now);
    return value;
  }

  /** Whoever asks next gets a new one, unless that is so already. */
  forget(key: string, value: Value): void {
    if (this.#made.get(key)?.value === value) this.#made.delete(key);
  }

  /** The oldest come first. */
  #forgetOld(now: number): void {
    for (const [key, { at }] of this.#made) {
      if (this.#made.size <= this.#most && now - at <= this.#keepMs) return;
      this.#made.delete(key);
    }
  }
}

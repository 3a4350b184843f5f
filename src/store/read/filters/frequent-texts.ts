/** Detects frequent texts in bounded memory. */
export class FrequentTexts {
  readonly #counts = new Map<string, number>();
  readonly #frequent = new Set<string>();
  readonly #times: number;
  readonly #remembered: number;
  readonly #most: number;

  /**
   * A text becomes frequent at its `times`-th occurrence, if it is still among the last
   * `remembered` new texts. At most `most` texts become frequent.
   */
  constructor({ times, remembered, most }: { times: number; remembered: number; most: number }) {
    this.#times = times;
    this.#remembered = remembered;
    this.#most = most;
  }

  /** Counts an occurrence of a text. Returns whether the text is frequent. */
  record(text: string): boolean {
    if (this.#frequent.has(text)) return true;
    if (this.#frequent.size >= this.#most) return false;
    const count = (this.#counts.get(text) ?? 0) + 1;
    if (count >= this.#times) {
      this.#counts.delete(text);
      this.#frequent.add(text);
      return true;
    }
    this.#counts.set(text, count);
    const oldest = this.#counts.size > this.#remembered ? this.#counts.keys().next().value : undefined;
    if (oldest !== undefined) this.#counts.delete(oldest);
    return false;
  }
}

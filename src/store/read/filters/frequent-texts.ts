/** Tells texts that come often from those that do not, in bounded memory. */
export class FrequentTexts {
  readonly #counts = new Map<string, number>();
  readonly #frequent = new Set<string>();
  readonly #times: number;
  readonly #remembered: number;
  readonly #most: number;

  /** A text is frequent from its `times`-th coming, while it is among the `remembered` last new ones; `most` become so. */
  constructor({ times, remembered, most }: { times: number; remembered: number; most: number }) {
    this.#times = times;
    this.#remembered = remembered;
    this.#most = most;
  }

  /** Takes note of a text that comes now, and tells whether it is a frequent one. */
  meet(text: string): boolean {
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

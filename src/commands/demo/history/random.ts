/**
 * Random numbers that are the same for the same seed (mulberry32), with the distributions that
 * Qlik's data shows.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of the values, by their weights. */
  weighted<Value>(weights: readonly (readonly [Value, number])[]): Value {
    const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
    let rest = this.next() * total;
    for (const [value, weight] of weights) {
      rest -= weight;
      if (rest < 0) return value;
    }
    return (weights.at(-1) as readonly [Value, number])[0];
  }

  /** A rank from 0 to below `end`; rank r as often as 1 / (r + 1) (Zipf). */
  zipf(end: number): number {
    return Math.min(end - 1, Math.floor(Math.exp(this.next() * Math.log(end + 1)) - 1));
  }

  /** A positive number with a long tail: log-normal around `median`. */
  longTail(median: number, spread: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return median * Math.exp(spread * normal);
  }
}

import { Refusal } from '../domain/refusal.ts';

/** Bodies up to this size always fit, so large bodies never delay small queries. */
const ALWAYS_BYTES = 65_536;

/** A memory budget for bodies until they are answered. A single body always fits. */
export class BodyBudget {
  readonly #maxBytes: number;
  readonly #heldOf = new WeakMap<object, number>();
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Reserves `bytes` in total for a body. Returns false if they exceed the budget. */
  hold(body: object, bytes: number): boolean {
    const before = this.#heldOf.get(body) ?? 0;
    if (bytes <= before) return true;
    const others = this.#held - before;
    if (bytes > ALWAYS_BYTES && others > 0 && others + bytes > this.#maxBytes) return false;
    this.#held = others + bytes;
    this.#heldOf.set(body, bytes);
    return true;
  }

  /** Releases all bytes of a body. */
  free(body: object): void {
    this.#held -= this.#heldOf.get(body) ?? 0;
    this.#heldOf.delete(body);
  }
}

/** Returns the refusal of a body or message that exceeds the budget. */
export function bodyBudgetExceeded(retryAfterMs: number): Refusal<'RATE_LIMITED'> {
  const message = `Too many bytes of requests are pending. Retry in ${retryAfterMs} ms.`;
  return new Refusal('RATE_LIMITED', message, { retryAfterMs });
}

import { Refusal } from '../domain/refusal.ts';

/** Bodies up to this size are always admitted, so large bodies never delay small queries. */
const ALWAYS_BYTES = 65_536;

/**
 * A memory budget for all bodies and messages while they are read and answered. A body is always
 * admitted if it is the only one.
 */
export class BodyBudget {
  readonly #maxBytes: number;
  readonly #heldOf = new WeakMap<object, number>();
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Reserves `bytes` in total for a body. Returns false, and changes nothing, if they do not fit. */
  hold(body: object, bytes: number): boolean {
    const before = this.#heldOf.get(body) ?? 0;
    if (bytes <= before) return true;
    const others = this.#held - before;
    if (bytes > ALWAYS_BYTES && others > 0 && others + bytes > this.#maxBytes) return false;
    this.#held = others + bytes;
    this.#heldOf.set(body, bytes);
    return true;
  }

  /** Frees all bytes of a body. */
  free(body: object): void {
    this.#held -= this.#heldOf.get(body) ?? 0;
    this.#heldOf.delete(body);
  }
}

/** The refusal of a body or message that exceeds the budget. */
export function tooMuchUnderWay(retryAfterMs: number): Refusal<'RATE_LIMITED'> {
  const message = `Too much is under way. Send it again in ${retryAfterMs} ms.`;
  return new Refusal('RATE_LIMITED', message, { retryAfterMs });
}

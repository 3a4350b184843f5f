/** So much of a body is read in any case: what is small, every query among it, must not wait because large ones are under way. */
const ALWAYS_BYTES = 65_536;

/** Bounds the memory that bodies and messages take together while they are read and answered; a single one finds room in any case. */
export class BodyBudget {
  readonly #most: number;
  readonly #heldOf = new WeakMap<object, number>();
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** So many bytes of a body are held, or will be. Tells whether there is room for them; else nothing more is held than before. */
  hold(body: object, bytes: number): boolean {
    const before = this.#heldOf.get(body) ?? 0;
    if (bytes <= before) return true;
    const others = this.#held - before;
    if (bytes > ALWAYS_BYTES && others > 0 && others + bytes > this.#most) return false;
    this.#held = others + bytes;
    this.#heldOf.set(body, bytes);
    return true;
  }

  /** Nothing of a body is held any longer. */
  free(body: object): void {
    this.#held -= this.#heldOf.get(body) ?? 0;
    this.#heldOf.delete(body);
  }
}

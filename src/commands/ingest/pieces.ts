/** Bytes that come in pieces, up to a limit; beyond it they are let go, so that a file of one endless line takes no memory. */
export class Pieces {
  readonly #maxBytes: number;
  #kept: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.#maxBytes) this.#kept = [];
    else this.#kept.push(piece);
  }

  /** All of them; undefined where they were too many. The next piece begins anew. */
  take(): Buffer | undefined {
    const [only] = this.#kept;
    const taken = this.#kept.length === 1 ? only : Buffer.concat(this.#kept);
    const isWhole = this.#length <= this.#maxBytes;
    this.#kept = [];
    this.#length = 0;
    return isWhole ? taken : undefined;
  }
}

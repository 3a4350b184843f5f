/** An operation's message to the client: how it begins, in graphql-ws's own writing. */
const TOLD = /^\{"id":"(\d+)","type":"(next|error|complete)"/;

/**
 * The ids of the operations of one connection. A client may use an id again as soon as it has completed the operation; graphql-ws takes what is
 * left of the earlier one for the new one then, and loses track of both. So each operation has an id of our own there, which never comes
 * again.
 */
export class OperationIds {
  readonly #own = new Map<string, string>();
  readonly #clients = new Map<string, string>();
  #last = 0;

  /** The own id of an operation that the client begins; of one that is under way under this id, that one's. */
  begin(id: string): string {
    const known = this.#own.get(id);
    if (known !== undefined) return known;
    this.#last += 1;
    const own = String(this.#last);
    this.#own.set(id, own);
    this.#clients.set(own, id);
    return own;
  }

  /** Whether an operation of the client's is under way under this id. */
  has(id: string): boolean {
    return this.#own.has(id);
  }

  /** The own id of an operation that the client completes: nothing more is told of it. */
  complete(id: string): string {
    const own = this.#own.get(id);
    if (own !== undefined) this.end(own);
    // An id that no operation has.
    return own ?? '0';
  }

  /** The operation is over. */
  end(own: string): void {
    const id = this.#clients.get(own);
    this.#clients.delete(own);
    if (id !== undefined && this.#own.get(id) === own) this.#own.delete(id);
  }

  /** A message of graphql-ws with the client's id; undefined where the client wants nothing more of the operation. */
  toClient(message: string): string | undefined {
    const told = TOLD.exec(message);
    if (told === null) return message;
    const [start, own = '', type] = told;
    const id = this.#clients.get(own);
    if (id === undefined) return undefined;
    if (type !== 'next') this.end(own);
    return `{"id":${JSON.stringify(id)},"type":"${type}"${message.slice(start.length)}`;
  }

  /** The client's id of an operation. */
  toClientId(own: string): string {
    return this.#clients.get(own) ?? '';
  }
}

import { randomUUID } from 'node:crypto';

/**
 * The ids by which lines of the log belong together: of an HTTP request or a WebSocket, and of one
 * operation. They are made when a line needs them.
 */
export class RequestIds {
  readonly #parent: RequestIds | undefined;
  #requestId: string | undefined;
  #operationId: string | undefined;

  constructor(parent?: RequestIds) {
    this.#parent = parent;
  }

  get requestId(): string {
    this.#requestId ??= this.#parent?.requestId ?? randomUUID();
    return this.#requestId;
  }

  get operationId(): string {
    this.#operationId ??= randomUUID();
    return this.#operationId;
  }

  /** Returns both ids as members of a line. */
  toLine(): { requestId: string; operationId: string } {
    return { requestId: this.requestId, operationId: this.operationId };
  }

  /** Returns the ids of another operation on the same WebSocket. */
  forOperation(): RequestIds {
    return new RequestIds(this);
  }
}

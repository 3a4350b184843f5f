import type { ExecutionResult, GraphQLError } from 'graphql';
import { MessageType } from 'graphql-ws';
import type { Logger } from 'pino';
import { toClientError } from '../../execution/client-error.ts';
import type { PushTarget } from '../../execution/live/broadcast-groups.ts';
import { toErrorPayload, toResultText } from '../../execution/live/result-text.ts';
import type { RequestIds } from '../../graphql/request-ids.ts';
import type { ClientSocket } from './client-socket.ts';
import type { Operation } from './prepare-operation.ts';

/**
 * An operation in progress: sends its results, and nothing more once it has ended. It ends when
 * the client completes it, when its last message is sent, or when the connection ends.
 */
export class RunningOperation {
  readonly #id: string;
  readonly #socket: ClientSocket;
  readonly #onEnd: () => void;
  /** How a message with a result begins. */
  readonly #nextStart: string;
  #hasEnded = false;
  /** The results of a subscription. */
  #stream: AsyncIterator<unknown> | undefined;

  /** Calls `onEnd` once, before the last message is sent: the client may then use the id again. */
  constructor(id: string, socket: ClientSocket, onEnd: () => void) {
    this.#id = id;
    this.#socket = socket;
    this.#onEnd = onEnd;
    this.#nextStart = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  }

  /** Sends the results, then that they are complete. Resolves when that is sent. */
  async run(operation: Operation, log: Logger, ids: RequestIds): Promise<void> {
    try {
      const result = await operation.run(this.#toPushTarget());
      if (Symbol.asyncIterator in result) await this.#sendStream(result);
      else await this.#sendResult(result);
    } catch (error) {
      return this.endWithErrors([toClientError(error, log, ids)]);
    }
    await this.#sendLast(JSON.stringify({ id: this.#id, type: MessageType.Complete }));
  }

  /** Ends the operation with errors instead of results. */
  endWithErrors(errors: readonly GraphQLError[]): Promise<void> {
    return this.#sendLast(toErrorText(this.#id, errors.map(toErrorPayload)));
  }

  /** Ends the operation without a message to the client. */
  end(): void {
    if (this.#markEnded()) void this.#stream?.return?.();
  }

  /** Returns whether it had not ended before. */
  #markEnded(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    this.#onEnd();
    return true;
  }

  async #sendStream(results: AsyncIterable<ExecutionResult>): Promise<void> {
    const stream = results[Symbol.asyncIterator]();
    if (this.#hasEnded) {
      await stream.return?.();
      return;
    }
    this.#stream = stream;
    for (let next = await stream.next(); next.done !== true; next = await stream.next()) {
      await this.#sendResult(next.value);
    }
  }

  async #sendResult(result: ExecutionResult): Promise<void> {
    if (this.#hasEnded) return;
    if (result.errors?.some(({ extensions }) => extensions.tooManySubscriptions === true)) {
      return this.#socket.refuse(4421);
    }
    await this.#socket.send(`${this.#nextStart}${toResultText(result)}}`);
  }

  async #sendLast(text: string): Promise<void> {
    if (this.#markEnded()) await this.#socket.send(text);
  }

  /** Where the results are pushed to while the operation's own stream is parked. */
  #toPushTarget(): PushTarget {
    const [start, socket] = [this.#nextStart, this.#socket];
    return {
      get isReady() {
        return socket.isReady;
      },
      send: (text) => socket.push(`${start}${text}}`),
    };
  }
}

/** The message that ends an operation with errors. */
export function toErrorText(id: string, payload: readonly object[]): string {
  return JSON.stringify({ id, type: MessageType.Error, payload });
}

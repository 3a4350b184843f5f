import type { ExecutionResult } from 'graphql';
import type { WebSocket } from 'ws';
import type { Push } from './live-groups.ts';
import { CLOSE_REASONS, type CloseCode, MESSAGES, TokenBucket } from './live-limits.ts';
import { toResultText } from './result-text.ts';

/** Bytes that may wait for the network before a subscriber counts as not ready for more. */
const MAX_BUFFERED = 65_536;

/** The text of the result that is being put into a message: see `toPayload`. */
let textOfPayload: string | undefined;

/**
 * A result as the payload of a message. graphql-ws makes a text of each message, so of each result as often as there are subscribers;
 * instead the payload is 0 in that text, and `LiveSocket.send`, which is called right after, puts the result's own text in its place.
 */
export function toPayload(result: ExecutionResult): object {
  return {
    toJSON() {
      textOfPayload = toResultText(result);
      return 0;
    },
  };
}

/** One WebSocket, watched: what it has not taken, when it was last heard of, and how much it says. */
export class LiveSocket {
  readonly socket: WebSocket;
  /** Called once, when the connection is over: freed is what it had. */
  #onEnd: (code: number, reason: string) => void;
  readonly #messages = new TokenBucket(MESSAGES, performance.now());
  #unsent = 0;
  /** Since when something waits to be sent and nothing was. */
  #stuckSince = 0;
  #heardAt = performance.now();

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.#onEnd = () => undefined;
    socket.once('close', (code, reason) => this.#end(code, String(reason)));
    socket.on('pong', () => {
      this.#heardAt = performance.now();
    });
  }

  /** Has something called when the connection is over: when it is closed, or when we close it and the client takes its time. */
  onEnd(listener: (code: number, reason: string) => void): void {
    const before = this.#onEnd;
    this.#onEnd = (code, reason) => {
      before(code, reason);
      listener(code, reason);
    };
  }

  #end(code: number, reason: string): void {
    const end = this.#onEnd;
    this.#onEnd = () => undefined;
    end(code, reason);
  }

  /** Sends a message of graphql-ws; resolves once the network has taken it. */
  send(message: string): Promise<void> {
    const text = textOfPayload === undefined ? message : `${message.slice(0, -2)}${textOfPayload}}`;
    textOfPayload = undefined;
    return new Promise((resolve) => {
      if (this.socket.readyState !== this.socket.OPEN) return resolve();
      this.#begin();
      this.socket.send(text, () => {
        this.#onSent();
        // A socket that has failed is closed, and that is told elsewhere.
        resolve();
      });
    });
  }

  /** How an operation's results are pushed, past graphql-ws, which knows nothing of results that it has not asked for. */
  toPush(id: string): Push {
    const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
    const { socket } = this;
    const onSent = () => this.#onSent();
    return {
      get isReady() {
        return socket.readyState === socket.OPEN && socket.bufferedAmount <= MAX_BUFFERED;
      },
      send: (text) => {
        this.#begin();
        socket.send(`${start}${text}}`, onSent);
      },
    };
  }

  /** Something is about to be sent. */
  #begin(): void {
    if (this.#unsent === 0) this.#stuckSince = performance.now();
    this.#unsent += 1;
  }

  #onSent(): void {
    this.#unsent -= 1;
    this.#stuckSince = performance.now();
  }

  /** Takes note of a message, and tells whether the client may send it now. */
  takeMessage(): boolean {
    this.#heardAt = performance.now();
    return this.#messages.take(this.#heardAt);
  }

  /** Tells whether the client has taken nothing, or said nothing to our pings, for so long. */
  isSlow(now: number, patienceMs: number): boolean {
    const isStuck = this.#unsent > 0 && now - this.#stuckSince > patienceMs;
    return isStuck || now - this.#heardAt > patienceMs;
  }

  /** Closes with a code of ours. What still waits is sent before, if the client takes it. */
  close(code: CloseCode): void {
    this.socket.close(code, CLOSE_REASONS[code]);
    this.#end(code, CLOSE_REASONS[code]);
  }
}

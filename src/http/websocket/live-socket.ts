import type { ExecutionResult } from 'graphql';
import type { WebSocket } from 'ws';
import type { PushTarget } from '../../execution/live/broadcast-groups.ts';
import { toResultText } from '../../execution/live/result-text.ts';
import { OperationIds } from './operation-ids.ts';
import { CLOSE_REASONS, type CloseCode, MESSAGE_RATE, TokenBucket } from './socket-limits.ts';

/** Bytes that may wait for the network before a subscriber counts as not ready for more. */
const MAX_BUFFERED = 65_536;

/** Beyond so many bytes that the client has not taken, no more of what it says is read: answers would only add to them. */
const MAX_UNREAD = 1_048_576;
/** A pong has what its ping had, up to so many bytes. */
const MAX_PONG = 4_096;
/** A client that takes this much in a millisecond is alive, though its pongs wait behind what it has not read yet. */
const SLOWEST_BYTES_PER_MS = 16;

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

/** A message of a client, not checked yet. */
export interface ClientMessage {
  type?: unknown;
  id?: unknown;
  payload?: unknown;
}

/** Parses a message. Anything but a JSON object becomes an empty message, which graphql-ws refuses. */
export function parseMessage(data: Buffer): ClientMessage {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** One WebSocket, watched: what it has not taken, when it was last heard of, and how much it says. */
export class LiveSocket {
  readonly socket: WebSocket;
  /** Called once, when the connection is over: freed is what it had. */
  #onEnd: (code: number, reason: string) => void;
  readonly #messages = new TokenBucket(MESSAGE_RATE, performance.now());
  #unsent = 0;
  /** Since when something waits to be sent and nothing was. */
  #stuckSince = 0;
  #heardAt = performance.now();
  /** Bytes that the network has taken since. */
  #takenSinceHeard = 0;
  #isPaused = false;
  readonly #ids = new OperationIds();
  /** The queries and mutations under way, by their own ids. */
  readonly #requests = new Set<string>();
  #whenAnswered: (() => void) | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.#onEnd = () => undefined;
    socket.once('close', (code, reason) => this.#end(code, String(reason)));
    socket.on('pong', () => this.#hear());
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
    const whole = textOfPayload === undefined ? message : `${message.slice(0, -2)}${textOfPayload}}`;
    textOfPayload = undefined;
    const text = this.#ids.toClient(whole);
    if (text === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#write(text, resolve));
  }

  /** Answers a ping of the protocol. */
  pong(payload: unknown): void {
    // Whoever reads none of them needs no more.
    if (this.socket.bufferedAmount > MAX_BUFFERED) return;
    const text = payload === undefined ? undefined : JSON.stringify(payload);
    const isSmall = text !== undefined && text.length <= MAX_PONG;
    this.#write(isSmall ? `{"type":"pong","payload":${text}}` : '{"type":"pong"}');
  }

  /** Refuses an operation that graphql-ws is not told of. */
  refuse(id: string, error: object): void {
    this.#write(JSON.stringify({ id, type: 'error', payload: [error] }));
  }

  /** How an operation's results are pushed, past graphql-ws, which knows nothing of results that it has not asked for. */
  toPush(own: string): PushTarget {
    const start = `{"id":${JSON.stringify(this.#ids.toClientId(own))},"type":"next","payload":`;
    const live = this;
    return {
      get isReady() {
        return live.socket.readyState === live.socket.OPEN && live.socket.bufferedAmount <= MAX_BUFFERED;
      },
      send: (text) => live.#write(`${start}${text}}`),
    };
  }

  #write(text: string, onSent?: () => void): void {
    const { socket } = this;
    if (socket.readyState !== socket.OPEN) {
      onSent?.();
      return;
    }
    if (this.#unsent === 0) this.#stuckSince = performance.now();
    this.#unsent += 1;
    socket.send(text, () => {
      this.#unsent -= 1;
      this.#stuckSince = performance.now();
      this.#takenSinceHeard += text.length;
      this.#regulate();
      // A socket that has failed is closed, and that is told elsewhere.
      onSent?.();
    });
    this.#regulate();
  }

  /** Reads no more from a client that does not read what it is told. */
  #regulate(): void {
    const { bufferedAmount, readyState, OPEN } = this.socket;
    if (readyState !== OPEN) return;
    if (!this.#isPaused && bufferedAmount > MAX_UNREAD) {
      this.#isPaused = true;
      this.socket.pause();
    } else if (this.#isPaused && bufferedAmount <= MAX_BUFFERED) {
      this.#isPaused = false;
      this.#hear();
      this.socket.resume();
    }
  }

  /** Whether the client has an operation under way under this id. */
  hasOperation(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Puts our own id in the place of the client's in a message that begins or completes an operation. */
  rename(message: ClientMessage): void {
    if (typeof message.id !== 'string' || message.id === '') return;
    if (message.type === 'subscribe') message.id = this.#ids.begin(message.id);
    else if (message.type === 'complete') message.id = this.#ids.complete(message.id);
  }

  /** A query or a mutation is under way. */
  beginRequest(own: string): void {
    this.#requests.add(own);
  }

  /** Nothing more comes of an operation. */
  endOperation(own: string): void {
    this.#ids.end(own);
    this.#requests.delete(own);
    if (this.#requests.size === 0) this.#whenAnswered?.();
  }

  /** Hears nothing more, and resolves once no query and no mutation is under way. */
  async answerLast(): Promise<void> {
    this.socket.pause();
    if (this.#requests.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenAnswered = resolve;
    });
  }

  /** Takes note of a message, and tells whether the client may send it now. */
  takeMessage(): boolean {
    this.#hear();
    return this.#messages.take(this.#heardAt);
  }

  #hear(): void {
    this.#heardAt = performance.now();
    this.#takenSinceHeard = 0;
  }

  /** Tells whether the client has taken nothing, or said nothing to our pings, for so long. */
  isSlow(now: number, patienceMs: number): boolean {
    const isStuck = this.#unsent > 0 && now - this.#stuckSince > patienceMs;
    const silentMs = now - this.#heardAt - this.#takenSinceHeard / SLOWEST_BYTES_PER_MS;
    return isStuck || (!this.#isPaused && silentMs > patienceMs);
  }

  /** Closes with a code of ours. What still waits is sent before, if the client takes it. */
  close(code: CloseCode): void {
    // The answer to the farewell is to be heard.
    this.socket.resume();
    this.socket.close(code, CLOSE_REASONS[code]);
    this.#end(code, CLOSE_REASONS[code]);
  }
}

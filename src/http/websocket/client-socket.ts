import type { WebSocket } from 'ws';
import { CLOSE_REASONS, type CloseCode, MESSAGE_RATE, TokenBucket } from './socket-limits.ts';

/** Bytes that may wait for the network before a client counts as not ready for more. */
const MAX_BUFFERED = 65_536;
/**
 * Beyond so many waiting bytes no more messages of the client are read: answers would add to
 * them.
 */
const MAX_UNREAD = 1_048_576;
/**
 * A client that takes this much in a millisecond is alive, even if its pongs wait behind what
 * it has not read.
 */
const SLOWEST_BYTES_PER_MS = 16;

/** One client's WebSocket: sending, backpressure, message rate and signs of life. */
export class ClientSocket {
  readonly #socket: WebSocket;
  readonly #messages = new TokenBucket(MESSAGE_RATE, performance.now());
  /** Called once when the connection has ended. */
  #endListeners: (() => void)[] = [];
  #hasEnded = false;
  /** Messages that the network has not taken. */
  #unsent = 0;
  /** Since when there are unsent messages and none was taken. */
  #stuckSince = 0;
  #heardAt = performance.now();
  /** Characters that the network has taken since then. */
  #takenSinceHeard = 0;
  #isPaused = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once('close', () => this.#end());
    socket.on('pong', () => this.#hear());
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Whether the client has taken almost everything that was sent. */
  get isReady(): boolean {
    return this.isOpen && this.#socket.bufferedAmount <= MAX_BUFFERED;
  }

  /**
   * Calls `listener` once when the connection has ended: when the socket is closed, or as soon
   * as the server closes it, because a client may take its time to answer. Calls it at once if
   * it has ended already.
   */
  onEnd(listener: () => void): void {
    if (this.#hasEnded) listener();
    else this.#endListeners.push(listener);
  }

  #end(): void {
    const listeners = this.#endListeners;
    this.#endListeners = [];
    this.#hasEnded = true;
    for (const listener of listeners) listener();
  }

  /** Sends a text; resolves once the network has taken it, or at once on a closed socket. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => this.push(text, resolve));
  }

  /** Sends a text without waiting. */
  push(text: string, onSent?: () => void): void {
    if (!this.isOpen) {
      onSent?.();
      return;
    }
    if (this.#unsent === 0) this.#stuckSince = performance.now();
    this.#unsent += 1;
    // An error of sending closes the socket, and `close` reports that.
    this.#socket.send(text, () => {
      this.#unsent -= 1;
      this.#stuckSince = performance.now();
      this.#takenSinceHeard += text.length;
      this.#regulate();
      onSent?.();
    });
    this.#regulate();
  }

  /** Stops reading from a client that does not read, and resumes once it has read. */
  #regulate(): void {
    if (!this.isOpen) return;
    const { bufferedAmount } = this.#socket;
    if (!this.#isPaused && bufferedAmount > MAX_UNREAD) {
      this.#isPaused = true;
      this.#socket.pause();
    } else if (this.#isPaused && bufferedAmount <= MAX_BUFFERED) {
      this.#isPaused = false;
      this.#hear();
      this.#socket.resume();
    }
  }

  /** Records a message of the client; returns whether the message rate allows it. */
  takeMessage(): boolean {
    this.#hear();
    return this.#messages.take(this.#heardAt);
  }

  #hear(): void {
    this.#heardAt = performance.now();
    this.#takenSinceHeard = 0;
  }

  /** Whether for `patienceMs` the client has taken nothing, or has not answered a ping. */
  isSlow(now: number, patienceMs: number): boolean {
    const isStuck = this.#unsent > 0 && now - this.#stuckSince > patienceMs;
    const silentMs = now - this.#heardAt - this.#takenSinceHeard / SLOWEST_BYTES_PER_MS;
    return isStuck || (!this.#isPaused && silentMs > patienceMs);
  }

  ping(): void {
    this.#socket.ping();
  }

  /** Stops reading messages. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Closes with one of this service's codes. */
  refuse(code: CloseCode): void {
    this.close(code, CLOSE_REASONS[code]);
  }

  /**
   * Closes with a code. Messages that still wait are sent before, if the client takes them.
   */
  close(code: number, reason: string): void {
    // The client's answer to the closing handshake has to be read.
    this.#socket.resume();
    this.#socket.close(code, reason);
    this.#end();
  }

  /** Ends the connection without a closing handshake. */
  terminate(): void {
    this.#socket.terminate();
  }
}

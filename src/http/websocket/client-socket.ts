import type { WebSocket } from 'ws';
import { TokenBucket } from '../../domain/token-bucket.ts';
import { CLOSE_REASONS, type CloseCode, MESSAGE_RATE } from './socket-limits.ts';

/** A client with more unsent bytes than this is not ready for more messages. */
const MAX_BUFFERED = 65_536;
/** Above this many unsent bytes the socket is paused: further answers would add to them. */
const MAX_UNREAD = 1_048_576;
/** A client that reads at least this rate is not slow, even if its pong is still queued. */
const SLOWEST_BYTES_PER_MS = 16;

/** One client's WebSocket: sending, backpressure, message rate and liveness. */
export class ClientSocket {
  readonly #socket: WebSocket;
  readonly #messages = new TokenBucket(MESSAGE_RATE, performance.now());
  #endListeners: (() => void)[] = [];
  #hasEnded = false;
  /** Messages that are not written to the network yet. */
  #unsent = 0;
  /** When a message was last written, or the first unsent one was queued. */
  #lastProgressAt = 0;
  #lastReceivedAt = performance.now();
  /** Characters written to the network since then. */
  #sentSince = 0;
  #isPaused = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once('close', () => this.#end());
    socket.on('pong', () => this.#recordReceived());
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Whether the client has read almost everything that was sent. */
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

  /** Sends a text; resolves once it is written to the network, or the socket is closed. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => this.push(text, resolve));
  }

  /** Sends a text without waiting. */
  push(text: string, onSent?: () => void): void {
    if (!this.isOpen) {
      onSent?.();
      return;
    }
    if (this.#unsent === 0) this.#lastProgressAt = performance.now();
    this.#unsent += 1;
    // An error of sending closes the socket, and `close` reports that.
    this.#socket.send(text, () => {
      this.#unsent -= 1;
      this.#lastProgressAt = performance.now();
      this.#sentSince += text.length;
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
      this.#recordReceived();
      this.#socket.resume();
    }
  }

  /** Records a message of the client; returns whether the message rate allows it. */
  takeMessage(): boolean {
    this.#recordReceived();
    return this.#messages.take(this.#lastReceivedAt);
  }

  #recordReceived(): void {
    this.#lastReceivedAt = performance.now();
    this.#sentSince = 0;
  }

  /** Whether for `slowAfterMs` the client has read nothing, or has not answered a ping. */
  isSlow(now: number, slowAfterMs: number): boolean {
    const isStuck = this.#unsent > 0 && now - this.#lastProgressAt > slowAfterMs;
    const silentMs = now - this.#lastReceivedAt - this.#sentSince / SLOWEST_BYTES_PER_MS;
    return isStuck || (!this.#isPaused && silentMs > slowAfterMs);
  }

  ping(): void {
    this.#socket.ping();
  }

  stopReading(): void {
    this.#socket.pause();
  }

  /** Closes with one of this service's codes. */
  refuse(code: CloseCode): void {
    this.close(code, CLOSE_REASONS[code]);
  }

  /** Closes with a code, after the unsent messages if the client reads them. */
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

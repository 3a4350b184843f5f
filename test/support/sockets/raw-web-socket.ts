import WebSocket, { type ClientOptions } from 'ws';
import { waitUntil } from '../wait-until.ts';

/** A message of graphql-transport-ws from the server. */
interface Message {
  type: string;
  id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads are looked at by the tests, whatever their shape.
  payload?: any;
}

/**
 * One WebSocket that speaks graphql-transport-ws message by message, so a test can do what no
 * well-behaved client does.
 */
export class RawWebSocket {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  closeCode: number | undefined;
  /** Takes messages instead of their being kept, where they are too many. */
  take: ((message: Message) => void) | undefined;
  /** The HTTP status that refused the upgrade. */
  refusedWith: number | undefined;
  #ids = 0;

  constructor(
    url: string,
    options: ClientOptions = {},
    path = '/graphql',
    protocol: string | string[] = 'graphql-transport-ws',
  ) {
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, protocol, options);
    this.socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (this.take === undefined) this.messages.push(message);
      else this.take(message);
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
    });
    this.socket.on('unexpected-response', (_request, response) => {
      this.refusedWith = response.statusCode;
      response.resume();
    });
    this.socket.on('error', () => undefined);
  }

  /** Opens a socket and says hello. */
  static connect(url: string, tenantId?: string, options: ClientOptions = {}): Promise<RawWebSocket> {
    return RawWebSocket.init(url, tenantId === undefined ? undefined : { tenantId }, options);
  }

  /** Opens a socket and is acknowledged; `payload` is that of connection_init. */
  static async init(url: string, payload?: object, options: ClientOptions = {}): Promise<RawWebSocket> {
    const socket = new RawWebSocket(url, options);
    await waitUntil(() => socket.isOpen);
    socket.send({ type: 'connection_init', payload });
    await socket.until((message) => message.type === 'connection_ack');
    return socket;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Starts an operation and gives its id. */
  start(query: string, variables?: unknown, operationName?: string): string {
    this.#ids += 1;
    const id = String(this.#ids);
    this.send({ type: 'subscribe', id, payload: { query, variables, operationName } });
    return id;
  }

  complete(id: string): void {
    this.send({ type: 'complete', id });
  }

  /** Waits for the first message that `matches`. Rejects if the socket closes before. */
  async until(matches: (message: Message) => boolean, timeoutMs?: number): Promise<Message> {
    await waitUntil(
      () => this.messages.some(matches) || this.closeCode !== undefined,
      timeoutMs,
      () => JSON.stringify(this.messages.at(-1)),
    );
    const message = this.messages.find(matches);
    if (message === undefined) throw new Error(`The socket was closed with ${this.closeCode}`);
    return message;
  }

  /** What came for an operation. */
  of(id: string): Message[] {
    return this.messages.filter((message) => message.id === id);
  }

  /** The codes of the errors that an operation ended with, in `error` or in its result. */
  async codesOf(id: string): Promise<unknown[]> {
    const { type, payload } = await this.until((message) => message.id === id && message.type !== 'complete');
    const errors = type === 'error' ? payload : payload.errors;
    return (errors ?? []).map((error: { extensions?: { code?: unknown } }) => error.extensions?.code);
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }
}

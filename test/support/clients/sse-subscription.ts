import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { waitUntil } from '../wait-until.ts';

/**
 * A subscription over SSE (POST with `accept: text/event-stream`), with the look of `Subscription`.
 */
export class SseSubscription {
  // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
  readonly received: any[] = [];
  /** The id of each that was received; undefined for one without. */
  readonly ids: (string | undefined)[] = [];
  /** Takes results instead of their being kept, where they are too many. */
  // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
  take: ((result: any) => void) | undefined;
  error: unknown;
  completed = false;
  /** The server has ended the stream in good order, with or without saying that it is complete. */
  ended = false;
  status: number | undefined;
  /** The connection has ended, on either side. */
  closed = false;
  readonly #request: ClientRequest;
  #response: IncomingMessage | undefined;
  #text = '';

  constructor(
    url: string,
    tenantId: string | undefined,
    query: string,
    variables: Record<string, unknown> = {},
    lastEventId?: string,
    accept = 'text/event-stream',
    token?: string,
  ) {
    this.#request = request(`${url}/graphql`, {
      method: 'POST',
      agent: false,
      headers: {
        accept,
        'content-type': 'application/json',
        ...(tenantId !== undefined && { 'x-tenant-id': tenantId }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    this.#request.on('response', (response) => this.#read(response));
    this.#request.on('error', (error) => {
      this.error = error;
      this.closed = true;
    });
    this.#request.end(JSON.stringify({ query, variables }));
  }

  /** Stops reading the socket, until `resume`. */
  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  async until(condition: (subscription: this) => boolean, timeoutMs = 10_000): Promise<this> {
    await waitUntil(
      () => condition(this),
      timeoutMs,
      () => `${this.received.length} received, ${this.error}`,
    );
    return this;
  }

  /** Leaves as a browser does: by closing the connection. */
  async close(): Promise<void> {
    this.#request.destroy();
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    this.status = response.statusCode;
    response.setEncoding('utf8');
    response.on('end', () => {
      this.ended = true;
    });
    response.on('close', () => {
      this.closed = true;
    });
    response.on('data', (text: string) => {
      this.#text += text;
      const messages = this.#text.split('\n\n');
      this.#text = messages.pop() ?? '';
      for (const message of messages) this.#take(message);
    });
  }

  #take(message: string): void {
    const lines = message.split('\n');
    if (lines.includes('event: complete')) this.completed = true;
    const data = lines.find((line) => line.startsWith('data: {'))?.slice('data: '.length);
    if (data === undefined) return;
    const result = JSON.parse(data);
    if (this.take !== undefined) {
      this.take(result);
      return;
    }
    this.ids.push(lines.find((line) => line.startsWith('id: '))?.slice('id: '.length));
    this.received.push(result.errors === undefined ? result.data : result);
  }
}

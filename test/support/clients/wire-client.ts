import { request } from 'node:http';
import { RawWebSocket } from '../sockets/raw-web-socket.ts';

export const WAYS = ['HTTP', 'SSE', 'WebSocket'] as const;
export type Way = (typeof WAYS)[number];

/** An answer as it came over the wire. */
export interface WireAnswer {
  /** Status and headers; empty over a WebSocket. */
  head: string;
  /** The result or the errors, as JSON text. */
  body: string;
}

/** Who asks. */
export interface Asker {
  url: string;
  token?: string | undefined;
  tenantId?: string | undefined;
}

/**
 * Asks one service the same operations over each transport. Sockets and connections are kept until
 * `close`.
 */
export class WireClient {
  readonly #asker: Asker;
  #socket: Promise<RawWebSocket> | undefined;
  readonly #waiting = new Map<string, (body: string) => void>();

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  ask(way: Way, query: string, variables: Record<string, unknown> = {}): Promise<WireAnswer> {
    return way === 'WebSocket' ? this.#askSocket(query, variables) : this.#post(way, { query, variables });
  }

  async close(): Promise<void> {
    (await this.#socket)?.socket.terminate();
  }

  #post(way: 'HTTP' | 'SSE', body: object): Promise<WireAnswer> {
    const { url, token, tenantId } = this.#asker;
    const headers = {
      'content-type': 'application/json',
      accept: way === 'HTTP' ? 'application/json' : 'text/event-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(tenantId !== undefined && { 'x-tenant-id': tenantId }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${url}/graphql`, { method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { date, ...others } = response.headers;
          const head = `${response.statusCode} ${JSON.stringify(others)}`;
          resolve({ head, body: way === 'HTTP' ? text : toEventData(text) });
        });
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
  }

  async #askSocket(query: string, variables: Record<string, unknown>): Promise<WireAnswer> {
    this.#socket ??= this.#connect();
    const socket = await this.#socket;
    const id = socket.start(query, variables);
    const body = await new Promise<string>((resolve) => this.#waiting.set(id, resolve));
    return { head: '', body };
  }

  async #connect(): Promise<RawWebSocket> {
    const { url, token, tenantId } = this.#asker;
    const socket = await RawWebSocket.init(url, { authorization: token && `Bearer ${token}`, tenantId });
    socket.take = ({ type, id = '', payload }) => {
      if (type === 'next') this.#settle(id, JSON.stringify(payload));
      if (type === 'error') this.#settle(id, JSON.stringify({ errors: payload }));
    };
    return socket;
  }

  #settle(id: string, body: string): void {
    this.#waiting.get(id)?.(body);
    this.#waiting.delete(id);
  }
}

/** The data of the first event of a stream, or the text itself where it is no stream. */
function toEventData(text: string): string {
  return /^data: (\{.*)$/m.exec(text)?.[1] ?? text;
}

import { type Client, createClient } from 'graphql-ws';
import { request } from 'undici';
import WebSocket from 'ws';

export interface GraphqlResult {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
  data: any;
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  errors: any[] | undefined;
}

/**
 * Talks to a service as its users do: GraphQL over HTTP, over graphql-transport-ws, and over SSE.
 */
export class GraphqlClient {
  readonly url: string;
  readonly tenantId: string | undefined;
  readonly token: string | undefined;

  constructor(url: string, tenantId?: string, token?: string) {
    this.url = url;
    this.tenantId = tenantId;
    this.token = token;
  }

  /** The same client, acting for a tenant. */
  as(tenantId: string): GraphqlClient {
    return new GraphqlClient(this.url, tenantId, this.token);
  }

  /** The same client, with a token. */
  with(token: string): GraphqlClient {
    return new GraphqlClient(this.url, this.tenantId, token);
  }

  async request(query: string, variables?: Record<string, unknown>): Promise<GraphqlResult> {
    // undici's request takes less CPU time than fetch, which makes a web stream of each body.
    const { statusCode, body } = await request(`${this.url}/graphql`, {
      method: 'POST',
      // Compression costs time in every suite, and http/compressed-answers tests it.
      headers: {
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        ...this.#headers(),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await body.json()) as GraphqlResult;
    return { status: statusCode, data, errors };
  }

  /** The data of an operation that must not fail. */
  // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
  async data(query: string, variables?: Record<string, unknown>): Promise<any> {
    const { data, errors } = await this.request(query, variables);
    if (errors !== undefined) throw new Error(`GraphQL errors: ${JSON.stringify(errors)}`);
    return data;
  }

  /** Sends events and gives the payload with all receipts. */
  // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
  async ingest(...events: unknown[]): Promise<any> {
    const { ingestEvents } = await this.data(
      `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
        stored duplicates conflicts quarantined rejected
        receipts { index outcome eventId tenantId position errors { code message path } warnings { code message path } } } }`,
      { events },
    );
    return ingestEvents;
  }

  /** Opens a subscription over a WebSocket of its own. */
  subscribe(query: string, variables?: Record<string, unknown>): Subscription {
    return new Subscription(this.url, this.tenantId, query, variables, this.token);
  }

  #headers(): Record<string, string> {
    return {
      ...(this.tenantId !== undefined && { 'x-tenant-id': this.tenantId }),
      ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
    };
  }
}

/** A subscription whose deliveries are kept until they are asked for. */
export class Subscription {
  // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
  readonly received: any[] = [];
  error: unknown;
  completed = false;
  /** The code that the socket was closed with. */
  closeCode: number | undefined;
  readonly #client: Client;
  readonly #leave: () => void;
  #wake: () => void = () => undefined;

  constructor(
    url: string,
    tenantId: string | undefined,
    query: string,
    variables?: Record<string, unknown>,
    token?: string,
  ) {
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    this.#client = createClient({
      url: `${url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      ...((tenantId ?? token) !== undefined && { connectionParams: { tenantId, authorization } }),
    });
    this.#client.on('closed', (event) => {
      this.closeCode = (event as { code: number }).code;
      this.#wake();
    });
    this.#leave = this.#client.subscribe(
      { query, variables: variables ?? {} },
      {
        next: (result) => {
          this.received.push(result.errors === undefined ? result.data : result);
          this.#wake();
        },
        error: (error) => {
          this.error = error;
          this.#wake();
        },
        complete: () => {
          this.completed = true;
          this.#wake();
        },
      },
    );
  }

  /**
   * Resolves once `condition` holds, which is looked at after every delivery; rejects after
   * `timeoutMs`.
   */
  async until(condition: (subscription: this) => boolean, timeoutMs = 10_000): Promise<this> {
    const endsAt = Date.now() + timeoutMs;
    while (!condition(this)) {
      const leftMs = endsAt - Date.now();
      if (leftMs <= 0) {
        throw new Error(
          `Not so within ${timeoutMs} ms; ${this.received.length} received, error ${JSON.stringify(this.error)}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(leftMs, 100));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this;
  }

  async close(): Promise<void> {
    this.#leave();
    await this.#client.dispose();
  }
}

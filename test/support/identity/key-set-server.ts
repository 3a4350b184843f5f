import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SigningKey } from './tokens.ts';

/** An issuer's endpoint with its key set; a test changes the keys, stops it and starts it again. */
export class KeySetServer {
  /** The keys it answers with from now on. */
  keys: readonly SigningKey[];
  /** What it answers with instead of the keys. */
  answer: { status: number; body: string } | undefined;
  /** How many requests there were. */
  requests = 0;
  #server: Server | undefined;
  #port = 0;

  private constructor(keys: readonly SigningKey[]) {
    this.keys = keys;
  }

  static async start(...keys: SigningKey[]): Promise<KeySetServer> {
    const server = new KeySetServer(keys);
    await server.restart();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/keys.json`;
  }

  /** Starts it again on the port that it had. */
  async restart(): Promise<void> {
    const server = createServer((_request, response) => {
      this.requests += 1;
      const keys = this.keys.map(({ publicKey, algorithm, kid }) => ({
        ...publicKey?.export({ format: 'jwk' }),
        ...{ kid, alg: algorithm, use: 'sig' },
      }));
      const { status, body } = this.answer ?? { status: 200, body: JSON.stringify({ keys }) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }
}

import { isTokenText } from '../../domain/values/text.ts';
import { Obstacle } from './back-off.ts';

/** An API key, or the id and secret of an OAuth client. */
export type Credentials = { apiKey: string } | { id: string; secret: string };

/** Sends a request until the answer has the status 200. Waits while the server is away or busy. */
export type Send = (url: URL, request: RequestInit) => Promise<Response>;

/** A token is replaced this long before it expires, or after half its life if that is shorter. */
const EARLY_MS = 60_000;

/** The bearer token for Qlik's API: the API key, or a token in exchange for the credentials. */
export class AccessToken {
  readonly #credentials: Credentials;
  readonly #endpoint: URL;
  readonly #send: Send;
  #token: string | undefined;
  #renewAt = 0;

  constructor(tenantUrl: URL, credentials: Credentials, send: Send) {
    this.#credentials = credentials;
    this.#endpoint = new URL('/oauth/token', tenantUrl);
    this.#send = send;
  }

  /** Returns a token that is valid now. Throws an Obstacle if the credentials are refused. */
  async get(): Promise<string> {
    if ('apiKey' in this.#credentials) return this.#credentials.apiKey;
    if (this.#token !== undefined && performance.now() < this.#renewAt) return this.#token;
    const { id, secret } = this.#credentials;
    const askedAt = performance.now();
    const response = await this.#send(this.#endpoint, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
    });
    const { access_token: token, expires_in: seconds } = parseAnswer(await response.text());
    if (typeof token !== 'string' || !isTokenText(token)) {
      throw new Obstacle(`${this.#endpoint.href} answered without an access token.`);
    }
    const lifeMs = (typeof seconds === 'number' && seconds > 0 ? seconds : 0) * 1_000;
    this.#token = token;
    this.#renewAt = askedAt + Math.max(lifeMs - EARLY_MS, lifeMs / 2);
    return token;
  }

  /** Drops a token that was refused. Returns whether another one can be had. */
  replace(token: string): boolean {
    if ('apiKey' in this.#credentials) return false;
    if (this.#token === token) this.#token = undefined;
    return true;
  }
}

function parseAnswer(text: string): { access_token?: unknown; expires_in?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

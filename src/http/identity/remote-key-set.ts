// The keys behind AUTH_JWKS_URI. The set is loaded at start, in the background, and again
//
//   * while there is none: for each request with a token, at most once a second;
//   * for a token that no key fits, such as one with an unknown kid: at most every 30 s;
//   * when it is 10 minutes old: in the background, so that deleted keys are forgotten.
//
// A load that fails changes nothing: the old keys are used until the endpoint answers again.

import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import type { Logger } from 'pino';
import { Refusal } from '../../domain/refusal.ts';

const FIRST_LOAD_RETRY_MS = 1_000;
const UNKNOWN_KEY_RETRY_MS = 30_000;
const MAX_AGE_MS = 600_000;
/** How long the endpoint may take. */
const TIMEOUT_MS = 5_000;

/** A key set that is loaded from a URL and cached. */
export class RemoteKeySet {
  /** Changes whenever the keys change. */
  version = 0;
  readonly #url: string;
  readonly #log: Logger;
  readonly #now: () => number;
  #keys: JWTVerifyGetKey | undefined;
  #text = '';
  #loading: Promise<void> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #triedForUnknownAt = Number.NEGATIVE_INFINITY;

  /** Starts to load the keys. `now` returns milliseconds. */
  constructor(url: string, log: Logger, now: () => number = () => performance.now()) {
    this.#url = url;
    this.#log = log;
    this.#now = now;
    void this.#load();
  }

  /** Returns the keys. Throws UNAVAILABLE if they could never be loaded. */
  async read(): Promise<JWTVerifyGetKey> {
    if (this.#keys === undefined && this.#isDue(FIRST_LOAD_RETRY_MS)) await this.#load();
    if (this.#keys !== undefined) return this.#keys;
    throw new Refusal('UNAVAILABLE', 'The keys that verify tokens cannot be loaded.');
  }

  /** Loads the keys again for a token that no key fits. Returns whether they have changed. */
  async refreshForUnknownKey(): Promise<boolean> {
    const { version } = this;
    if (this.#loading === undefined) {
      if (this.#now() - this.#triedForUnknownAt < UNKNOWN_KEY_RETRY_MS) return false;
      this.#triedForUnknownAt = this.#now();
    }
    await this.#load();
    return this.version !== version;
  }

  /** Loads old keys again, in the background. */
  refreshIfOld(): void {
    if (this.#keys !== undefined && this.#isDue(MAX_AGE_MS)) void this.#load();
  }

  #isDue(pauseMs: number): boolean {
    return this.#loading !== undefined || this.#now() - this.#triedAt >= pauseMs;
  }

  #load(): Promise<void> {
    this.#triedAt = this.#now();
    this.#loading ??= this.#fetch()
      .catch((failure: unknown) => {
        const reason = failure instanceof Error ? failure.message : String(failure);
        this.#log.warn({ reason }, 'the key set of AUTH_JWKS_URI could not be loaded');
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  async #fetch(): Promise<void> {
    const response = await fetch(this.#url, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the endpoint answered with HTTP ${response.status}`);
    const text = await response.text();
    if (text === this.#text) return;
    this.#keys = createLocalJWKSet(JSON.parse(text));
    this.#text = text;
    this.version += 1;
    this.#log.info('the key set of AUTH_JWKS_URI is loaded');
  }
}

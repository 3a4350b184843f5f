/** Limits of live connections, from the settings (README, "Settings"). */
export interface LiveLimits {
  /** WebSockets of one tenant on one server. */
  maxConnections: number;
  /** Subscriptions of one tenant on one server, over WebSockets and SSE together. */
  maxSubscriptions: number;
  /** Operations in progress on one WebSocket. */
  maxConnectionOperations: number;
  /** Seconds within which a client has to take what was sent to it. */
  slowClientSeconds: number;
}

/**
 * The messages that one WebSocket may send: the size of the token bucket and its refill per
 * second.
 */
export const MESSAGE_RATE = { burst: 1_000, perSecond: 100 };

/**
 * Our close codes and their reasons, beside others of graphql-transport-ws, 1001 (going away)
 * and 1009 (too big).
 */
export const CLOSE_REASONS = {
  1013: 'No token can be verified now: try again later',
  4403: 'No valid token',
  4410: 'Too slow: resume with the last cursor',
  4420: 'Too many connections of this tenant',
  4421: 'Too many subscriptions',
  4422: 'Too many messages',
} as const;
export type CloseCode = keyof typeof CLOSE_REASONS;

/** A token bucket: `burst` tokens at once, refilled at a rate per second. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor({ burst, perSecond }: { burst: number; perSecond: number }, now: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes a token if there is one; `now` in milliseconds. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) * this.#perSecond) / 1_000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** What clients may have open; see the README's table of settings. */
export interface LiveLimits {
  /** WebSockets of one tenant on one server. */
  maxConnections: number;
  /** Subscriptions of one tenant on one server, over WebSockets and SSE together. */
  maxSubscriptions: number;
  /** Operations under way on one WebSocket. */
  maxConnectionOperations: number;
  /** Seconds that a client has to take what was sent to it. */
  slowClientSeconds: number;
}

/** Messages that one WebSocket may send: so many at once, and so many more each second. */
export const MESSAGES = { atOnce: 1_000, perSecond: 100 };

/** With what a WebSocket is closed, beside the codes of graphql-transport-ws, 1001 (going away) and 1009 (message too big). */
export const CLOSE_REASONS = {
  4410: 'Too slow: resume with the last cursor',
  4420: 'Too many connections of this tenant',
  4421: 'Too many subscriptions',
  4422: 'Too many messages',
} as const;
export type CloseCode = keyof typeof CLOSE_REASONS;

/** Counts what each tenant has open. */
export class SubscriptionSlots {
  readonly #taken = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a seat; gives the way to leave it, or undefined where all are taken. */
  take(tenantId: string): (() => void) | undefined {
    const taken = this.#taken.get(tenantId) ?? 0;
    if (taken >= this.#most) return undefined;
    this.#taken.set(tenantId, taken + 1);
    let isSeated = true;
    return () => {
      if (!isSeated) return;
      isSeated = false;
      const left = (this.#taken.get(tenantId) ?? 1) - 1;
      if (left > 0) this.#taken.set(tenantId, left);
      else this.#taken.delete(tenantId);
    };
  }

  /** How many are taken, by all tenants. */
  get taken(): number {
    return [...this.#taken.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** Lets so many through at once, and so many more each second. */
export class TokenBucket {
  readonly #atOnce: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor({ atOnce, perSecond }: { atOnce: number; perSecond: number }, now: number) {
    this.#atOnce = atOnce;
    this.#perSecond = perSecond;
    this.#tokens = atOnce;
    this.#at = now;
  }

  /** Tells whether one more may pass now; `now` in milliseconds. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#atOnce, this.#tokens + ((now - this.#at) * this.#perSecond) / 1_000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

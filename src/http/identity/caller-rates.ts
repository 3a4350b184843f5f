import { LruCache } from '../../domain/lru-cache.ts';
import { Refusal } from '../../domain/refusal.ts';
import { TokenBucket } from '../../domain/token-bucket.ts';

/** The most callers that are remembered. A forgotten one has a full bucket again. */
const MAX_CALLERS = 10_000;

/** How many operations, and how many events of `ingestEvents`, a caller may send per minute. */
export interface RateSettings {
  /** 0 is no limit. */
  rateLimitOperations: number;
  /** 0 is no limit. */
  rateLimitEvents: number;
}

/** Limits what each caller sends: a token bucket of one minute per caller. */
export class CallerRates {
  readonly #operations: CallerRate;
  readonly #events: CallerRate;

  /** `now` returns milliseconds. */
  constructor(settings: RateSettings, now: () => number = () => performance.now()) {
    this.#operations = new CallerRate(settings.rateLimitOperations, 'operations', now);
    this.#events = new CallerRate(settings.rateLimitEvents, 'events', now);
  }

  /** Counts an operation. Returns RATE_LIMITED beyond the limit. */
  takeOperation(callerKey: string): Refusal<'RATE_LIMITED'> | undefined {
    return this.#operations.take(callerKey, 1);
  }

  /**
   * Counts the items of a batch, all or none. Throws RATE_LIMITED beyond the limit, and
   * BATCH_TOO_LARGE for a batch that no wait would let pass.
   */
  takeEvents(callerKey: string, count: number): void {
    const { limit } = this.#events;
    if (limit > 0 && count > limit) {
      const message = `events: ${count} events are more than ${limit}, the limit of a minute. Send smaller batches.`;
      throw new Refusal('BATCH_TOO_LARGE', message);
    }
    const refusal = this.#events.take(callerKey, count);
    if (refusal !== undefined) throw refusal;
  }
}

/** A limit per minute and caller. */
class CallerRate {
  readonly limit: number;
  readonly #unit: string;
  readonly #now: () => number;
  readonly #buckets = new LruCache<string, TokenBucket>(MAX_CALLERS);

  constructor(limit: number, unit: string, now: () => number) {
    this.limit = limit;
    this.#unit = unit;
    this.#now = now;
  }

  take(callerKey: string, count: number): Refusal<'RATE_LIMITED'> | undefined {
    if (this.limit === 0) return undefined;
    const now = this.#now();
    const rate = { burst: this.limit, perSecond: this.limit / 60 };
    const bucket = this.#buckets.get(callerKey) ?? new TokenBucket(rate, now);
    this.#buckets.set(callerKey, bucket);
    if (bucket.take(now, count)) return undefined;
    const retryAfterMs = bucket.waitMs(count);
    const message = `The caller has sent more than ${this.limit} ${this.#unit} in a minute. Retry in ${retryAfterMs} ms.`;
    return new Refusal('RATE_LIMITED', message, { retryAfterMs });
  }
}

/**
 * Returns the key by which a caller is limited: the subject of its token, else its tenant, else
 * its address. Without a name for the caller, all callers of a tenant share the limit.
 */
export function toCallerKey(
  subject: string | undefined,
  tenantId: string | undefined,
  address: string | undefined,
): string {
  if (subject !== undefined) return `subject ${subject}`;
  return tenantId === undefined ? `address ${address ?? ''}` : `tenant ${tenantId}`;
}

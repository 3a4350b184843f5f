/**
 * Posts batches of events to `ingestEvents`, with back-off. Every client of the mutation uses
 * this file.
 *
 * - The server is unreachable or busy: all batches pause together, longer after each failure,
 *   and at least as long as the server asks. After `giveUpAfterMs` a batch rejects with
 *   GivenUp.
 * - The server refuses the batch as too large: it is halved, and `limits` remembers the new
 *   size. A single event that is too large becomes a REJECTED receipt.
 * - The server refuses the request for good: the batch rejects with Refused. With `refusesFaults`
 *   so does a fault of the server, and the caller decides whether to repeat the batch.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { toDurationText } from './console/format.ts';
import { INGEST_EVENTS } from './documents.ts';
import { toPrintedUrl } from './endpoint.ts';

/** The server's answer for one item (schema, `IngestReceipt`). */
export interface Receipt {
  outcome: (typeof OUTCOMES)[number];
  eventId: string | null;
  errors: { code: string; message: string; path: string | null }[];
}

export const OUTCOMES = ['STORED', 'DUPLICATE', 'CONFLICT', 'QUARANTINED', 'REJECTED'] as const;

/** The largest batch that is sent. It shrinks when the server accepts less. */
export interface BatchLimits {
  count: number;
  bytes: number;
}

/** The server accepted nothing within the time limit. */
export class GivenUp extends Error {}

/** The server will never accept this request. */
export class Refused extends Error {
  /** Whether the caller's token is refused, and not the events. */
  readonly isUnauthorized: boolean;
  /** The code of the answer. Unlike the message it contains nothing of the request. */
  readonly code: string;

  constructor(reason: string, code: string, isUnauthorized: boolean) {
    super(reason);
    this.code = code;
    this.isUnauthorized = isUnauthorized;
  }
}

/**
 * Describes for a person why `post` rejected: GivenUp or Refused. Returns undefined for any other
 * failure.
 */
export function describeRejection(
  failure: unknown,
  { url, giveUpAfterMs }: Pick<PosterOptions, 'url' | 'giveUpAfterMs'>,
): string | undefined {
  const place = toPrintedUrl(url);
  if (failure instanceof GivenUp) {
    return `Given up: ${place} has accepted nothing for ${toDurationText(giveUpAfterMs)} (${failure.message}).`;
  }
  if (!(failure instanceof Refused)) return undefined;
  // One reason ends with a question.
  return `Refused by ${place}: ${failure.message}`.replace(/[^?]$/, '$&.');
}

export interface PosterOptions {
  url: URL;
  /** A bearer token, if the server requires one. */
  token: string | undefined;
  limits: BatchLimits;
  giveUpAfterMs: number;
  /** After it aborts, no request is started. Open ones are cancelled after `finishMs`. */
  stop: AbortSignal;
  /** 5 s by default. */
  finishMs?: number;
  /** Whether INTERNAL_SERVER_ERROR rejects with Refused, instead of being retried. */
  refusesFaults?: boolean;
  /** Called after each failure that is retried. `code` contains nothing of the request. */
  onRetry?(code: string): void;
  /** Who brings the events; DIRECT by default. */
  origin?: 'DIRECT' | 'RELAY' | 'BACKFILL';
  /** Whether the server stores nothing, and answers as if it did. */
  dryRun?: boolean;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const FINISH_MS = 5_000;
/** A server that does not answer for this long counts as unreachable. */
const SILENCE_MS = 120_000;
/** A server that asks for a longer pause is asked again after this time. Timers end at 24 days. */
const LONGEST_ASKED_MS = 3_600_000;

/** The codes after which the same request may succeed later. A test compares them with REFUSALS. */
export const RETRYABLE_CODES: ReadonlySet<string> = new Set([
  'INTERNAL_SERVER_ERROR',
  'RATE_LIMITED',
  'TIMEOUT',
  'UNAVAILABLE',
]);
const FAULT = 'INTERNAL_SERVER_ERROR';
const UNAUTHORIZED_HINT = ': INGEST_TOKEN must be a valid token with the scope events:ingest';

const SEPARATOR = Buffer.from(',');
const END = Buffer.from(']}}');

type Answer =
  | { kind: 'receipts'; receipts: Receipt[] }
  | { kind: 'too many' | 'too large'; reason: string }
  | { kind: 'refused'; reason: string; code: string; isUnauthorized: boolean }
  /** The server may have said when to try again. */
  | { kind: 'retry'; reason: string; code: string; afterMs: number };

/** Posts batches. Batches that are posted at the same time share one back-off. */
export class BatchPoster {
  readonly #options: PosterOptions;
  readonly #beginning: Buffer;
  readonly #agent = new Agent({ headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS });
  readonly limits: BatchLimits;
  #failures = 0;
  #pausedUntil = 0;
  /** Why batches wait now; undefined while the server accepts them. */
  waitsFor: string | undefined;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.#beginning = toBeginning(options);
    this.limits = { ...options.limits };
    options.stop.addEventListener('abort', () => {
      setTimeout(() => this.#agent.destroy(), options.finishMs ?? FINISH_MS).unref();
    });
  }

  /** Returns the receipts of events, each the bytes of its JSON. Rejects if `stop` aborts. */
  async post(events: readonly Buffer[]): Promise<Receipt[]> {
    if (events.length === 0) return [];
    const { giveUpAfterMs, stop } = this.#options;
    const deadline = performance.now() + giveUpAfterMs;
    for (;;) {
      // The last attempt is made at the deadline, even if the pause is longer.
      const pauseMs = Math.min(this.#pausedUntil, deadline) - performance.now();
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: stop });
      stop.throwIfAborted();
      const answer = await this.#request(events);
      if (answer.kind === 'refused') throw new Refused(answer.reason, answer.code, answer.isUnauthorized);
      if (answer.kind === 'retry' && answer.code === FAULT && this.#options.refusesFaults === true) {
        throw new Refused(answer.reason, answer.code, false);
      }
      if (answer.kind !== 'retry') {
        this.#failures = 0;
        this.waitsFor = undefined;
        return answer.kind === 'receipts' ? answer.receipts : await this.#postLess(events, answer);
      }
      this.#backOff(answer);
      this.#options.onRetry?.(answer.code);
      if (performance.now() >= deadline) throw new GivenUp(answer.reason);
    }
  }

  /** Posts the two halves of a batch that the server refuses as too large. */
  async #postLess(
    events: readonly Buffer[],
    { kind, reason }: Extract<Answer, { kind: 'too many' | 'too large' }>,
  ): Promise<Receipt[]> {
    if (events.length === 1) return [toRejected('TOO_LARGE', `The server refuses the event: ${reason}`)];
    const { limits } = this;
    const half = Math.ceil(events.length / 2);
    const bytes = events.reduce((sum, event) => sum + event.length, 0);
    if (kind === 'too many') limits.count = Math.min(limits.count, half);
    else limits.bytes = Math.min(limits.bytes, Math.ceil(bytes / 2));
    return [...(await this.post(events.slice(0, half))), ...(await this.post(events.slice(half)))];
  }

  /** Makes all batches pause. */
  #backOff({ reason, afterMs }: Extract<Answer, { kind: 'retry' }>): void {
    const now = performance.now();
    this.waitsFor = reason;
    // Failures of batches that were sent together count as one.
    if (now >= this.#pausedUntil) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
      this.#failures += 1;
      this.#pausedUntil = now + pauseMs * (0.75 + Math.random() / 2);
    }
    this.#pausedUntil = Math.max(this.#pausedUntil, now + afterMs);
  }

  /** Sends the events once. */
  async #request(events: readonly Buffer[]): Promise<Answer> {
    const { url, token } = this.#options;
    try {
      const response = await this.#agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: Buffer.concat([
          this.#beginning,
          ...events.flatMap((event) => [SEPARATOR, event]).slice(1),
          END,
        ]),
      });
      return toAnswer(response, await response.body.text(), events.length);
    } catch (failure) {
      const error = failure instanceof AggregateError ? failure.errors[0] : failure;
      const reason = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
      return { kind: 'retry', reason, code, afterMs: 0 };
    }
  }
}

/** The text of a request up to the first event. */
function toBeginning({ origin, dryRun }: PosterOptions): Buffer {
  const others = JSON.stringify({ origin, dryRun, events: [] });
  return Buffer.from(`{"query":${JSON.stringify(INGEST_EVENTS)},"variables":${others.slice(0, -2)}`);
}

/** The receipt of an item that is not in the log and never will be. */
export function toRejected(code: string, message: string): Receipt {
  return { outcome: 'REJECTED', eventId: null, errors: [{ code, message, path: null }] };
}

function toAnswer(
  { statusCode: status, headers }: Dispatcher.ResponseData,
  text: string,
  count: number,
): Answer {
  const body = parseBody(text);
  const error = body?.errors?.[0];
  const { code: given, retryAfterMs } = error?.extensions ?? {};
  const code = /^[A-Z_]{1,64}$/.test(String(given)) ? String(given) : `HTTP status ${status}`;
  const isUnauthorized = [401, 403].includes(status) || ['UNAUTHENTICATED', 'FORBIDDEN'].includes(code);
  // The message of an answer may repeat the token or an event, so no reason contains it.
  const reason = isUnauthorized ? `${code}${UNAUTHORIZED_HINT}` : code;
  if (code === 'BATCH_TOO_LARGE') return { kind: 'too many', reason };
  if (status === 413 || code === 'REQUEST_ENTITY_TOO_LARGE') return { kind: 'too large', reason };
  if (isRetryable(status, code)) {
    return { kind: 'retry', reason, code, afterMs: toAskedPauseMs(headers['retry-after'], retryAfterMs) };
  }
  if (error !== undefined) return { kind: 'refused', reason, code, isUnauthorized };
  const receipts = body?.data?.ingestEvents?.receipts;
  if (receipts?.length === count) return { kind: 'receipts', receipts };
  const what = 'this is no answer of ingestEvents; is --url the endpoint?';
  return { kind: 'refused', reason: `${reason}, and ${what}`, code, isUnauthorized };
}

/**
 * Whether to send the same request again. 429 is retried unless its code says otherwise. TIMEOUT
 * does not shrink a batch: the next attempt may be fast.
 */
export function isRetryable(status: number, code: string): boolean {
  if (status >= 500 || status === 408 || RETRYABLE_CODES.has(code)) return true;
  return status === 429 && code !== 'UNAUTHENTICATED' && code !== 'FORBIDDEN';
}

interface Body {
  data?: { ingestEvents?: { receipts?: Receipt[] } } | null;
  errors?: { extensions?: { code?: string; retryAfterMs?: unknown } }[];
}

function parseBody(text: string): Body | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns for how long a server asks to wait, at most an hour: the extension `retryAfterMs` of its
 * error, else the header Retry-After, which is seconds or a date (RFC 9110, section 10.2.3).
 * Returns 0 if it says nothing usable.
 */
export function toAskedPauseMs(header: string | string[] | null | undefined, retryAfterMs?: unknown): number {
  const text = String(header);
  const asSeconds = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  const ms = typeof retryAfterMs === 'number' ? retryAfterMs : asSeconds;
  return ms > 0 ? Math.min(ms, LONGEST_ASKED_MS) : 0;
}

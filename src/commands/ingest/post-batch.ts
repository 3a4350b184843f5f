/**
 * Posts batches of events to `ingestEvents`, with back-off. Every client of the mutation uses this file.
 *
 * - The server is unreachable or busy: all batches pause together, longer after each failure, and at
 *   least as long as the server asks. After `giveUpAfterMs` a batch rejects with GivenUp.
 * - The server refuses the batch as too large: it is halved, and `limits` remembers the new size. A
 *   single event that is too large becomes a REJECTED receipt.
 * - The server refuses the request for good: the batch rejects with Refused.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Where events are sent. */
export interface Target {
  url: string;
  /** A bearer token, if the server requires one. */
  token: string | undefined;
}

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
export class Refused extends Error {}

export interface PosterOptions {
  target: Target;
  limits: BatchLimits;
  giveUpAfterMs: number;
  /** After it aborts, no request is started or repeated. */
  stop: AbortSignal;
  /** After it aborts, open requests are cancelled. */
  cut: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** A server that does not answer for this long counts as unreachable. */
const SILENCE_MS = 120_000;
/**
 * Codes after which the same batch is sent again. TIMEOUT does not shrink the batch: the next
 * attempt may be fast.
 */
const RETRY_CODES = new Set(['UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT', 'INTERNAL_SERVER_ERROR']);

const DOCUMENT = `mutation Ingest($events: [JSON!]!) {
  ingestEvents(input: { events: $events }) { receipts { outcome eventId errors { code message path } } } }`;
const BEGINNING = Buffer.from(`{"query":${JSON.stringify(DOCUMENT)},"variables":{"events":[`);
const SEPARATOR = Buffer.from(',');
const END = Buffer.from(']}}');

type Answer =
  | { kind: 'receipts'; receipts: Receipt[] }
  | { kind: 'too many' | 'too large' | 'refused'; reason: string }
  /** The server may have said when to try again. */
  | { kind: 'retry'; reason: string; afterMs?: number | undefined };

/** Posts batches. Batches that are posted at the same time share one back-off. */
export class BatchPoster {
  readonly #options: PosterOptions;
  readonly limits: BatchLimits;
  #failures = 0;
  #pausedUntil = 0;
  /** Why batches wait now; undefined while the server accepts them. */
  waitsFor: string | undefined;

  constructor(options: PosterOptions) {
    this.#options = options;
    this.limits = { ...options.limits };
  }

  /** Returns the receipts of events, each the bytes of its JSON. Rejects if `stop` or `cut` aborts. */
  async post(events: readonly Buffer[]): Promise<Receipt[]> {
    if (events.length === 0) return [];
    const { limits } = this;
    const deadline = performance.now() + this.#options.giveUpAfterMs;
    let answer = await this.#attempt(events, deadline);
    while (answer.kind === 'retry') {
      this.#backOff(answer);
      if (performance.now() >= deadline) throw new GivenUp(answer.reason);
      answer = await this.#attempt(events, deadline);
    }
    if (answer.kind === 'refused') throw new Refused(answer.reason);
    this.#failures = 0;
    this.waitsFor = undefined;
    if (answer.kind === 'receipts') return answer.receipts;
    if (events.length === 1) {
      return [toRejected('TOO_LARGE', `The server does not take it: ${answer.reason}`)];
    }
    const half = Math.ceil(events.length / 2);
    if (answer.kind === 'too many') {
      limits.count = Math.min(limits.count, half);
    } else {
      const bytes = events.reduce((sum, event) => sum + event.length, 0);
      limits.bytes = Math.min(limits.bytes, Math.ceil(bytes / 2));
    }
    return [...(await this.post(events.slice(0, half))), ...(await this.post(events.slice(half)))];
  }

  /** Sends the events once, after the current pause, or at the deadline if that is earlier. */
  async #attempt(events: readonly Buffer[], deadline: number): Promise<Answer> {
    const { target, stop, cut } = this.#options;
    const pauseMs = Math.min(this.#pausedUntil, deadline) - performance.now();
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: stop });
    stop.throwIfAborted();
    return request(target, events, cut);
  }

  /** Makes all batches pause. */
  #backOff({ reason, afterMs = 0 }: Extract<Answer, { kind: 'retry' }>): void {
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
}

/** The receipt of an item that is not in the log and never will be. */
export function toRejected(code: string, message: string): Receipt {
  return { outcome: 'REJECTED', eventId: null, errors: [{ code, message, path: null }] };
}

/** Sends one request. Rejects only if `cut` aborts. */
async function request({ url, token }: Target, events: readonly Buffer[], cut: AbortSignal): Promise<Answer> {
  const list = events.flatMap((event) => [SEPARATOR, event]).slice(1);
  // Not AbortSignal.any: Node 20 keeps its result for as long as `cut` exists.
  const cancelling = new AbortController();
  const cancel = () => cancelling.abort();
  const silence = setTimeout(() => {
    cancelling.abort(new Error(`no answer within ${SILENCE_MS / 1_000} s`));
  }, SILENCE_MS);
  cut.addEventListener('abort', cancel);
  try {
    cut.throwIfAborted();
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: Buffer.concat([BEGINNING, ...list, END]),
      signal: cancelling.signal,
    });
    return toAnswer(response, parseBody(await response.text()), events.length);
  } catch (failure) {
    cut.throwIfAborted();
    return { kind: 'retry', reason: toReason(failure) };
  } finally {
    clearTimeout(silence);
    cut.removeEventListener('abort', cancel);
  }
}

interface Body {
  data?: { ingestEvents?: { receipts?: Receipt[] } } | null;
  errors?: { message?: string; extensions?: { code?: string; retryAfterMs?: unknown } }[];
}

function parseBody(text: string): Body | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

function toAnswer({ status, headers }: Response, body: Body | undefined, count: number): Answer {
  const error = body?.errors?.[0];
  const code = error?.extensions?.code;
  const reason =
    error === undefined ? `HTTP status ${status}` : `${code ?? `HTTP status ${status}`}: ${error.message}`;
  if (code === 'BATCH_TOO_LARGE') return { kind: 'too many', reason };
  if (status === 413 || code === 'REQUEST_ENTITY_TOO_LARGE') return { kind: 'too large', reason };
  if (status >= 500 || status === 429 || status === 408 || RETRY_CODES.has(code ?? '')) {
    const hintMs = error?.extensions?.retryAfterMs;
    const afterMs = typeof hintMs === 'number' ? hintMs : parseRetryAfter(headers.get('retry-after'));
    return { kind: 'retry', reason, afterMs };
  }
  const receipts = body?.data?.ingestEvents?.receipts;
  if (error === undefined && receipts?.length === count) return { kind: 'receipts', receipts };
  if (error !== undefined) return { kind: 'refused', reason };
  return {
    kind: 'refused',
    reason: `${reason}, and this is no answer of ingestEvents; is --url the endpoint?`,
  };
}

/** Reads seconds or a date (RFC 9110, section 10.2.3). Returns milliseconds from now. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** Returns the cause behind the "fetch failed" of fetch. */
function toReason(failure: unknown): string {
  let error = failure;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message || first.name : String(first);
}

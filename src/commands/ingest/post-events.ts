/** Where events are sent. */
export interface Target {
  url: string;
  /** A bearer token, where the server wants one. */
  token: string | undefined;
}

/** What became of an item, as the server says (schema, `IngestReceipt`). */
export interface Receipt {
  outcome: (typeof OUTCOMES)[number];
  eventId: string | null;
  errors: { code: string; message: string; path: string | null }[];
}

export const OUTCOMES = ['STORED', 'DUPLICATE', 'CONFLICT', 'QUARANTINED', 'REJECTED'] as const;

/** How the server answered to a batch. */
export type Answer =
  | { kind: 'receipts'; receipts: Receipt[] }
  /** Fewer at once may be taken, or fewer bytes. */
  | { kind: 'too many' | 'too large'; reason: string }
  /** The same may be taken later; the server may have said when. */
  | { kind: 'not now'; reason: string; afterMs: number | undefined }
  /** The same will never be taken. */
  | { kind: 'refused'; reason: string };

const DOCUMENT = `mutation Ingest($events: [JSON!]!) {
  ingestEvents(input: { events: $events }) { receipts { outcome eventId errors { code message path } } } }`;
const BEGINNING = Buffer.from(`{"query":${JSON.stringify(DOCUMENT)},"variables":{"events":[`);
const SEPARATOR = Buffer.from(',');
const END = Buffer.from(']}}');

/** A server that is silent for so long is away. */
const PATIENCE_MS = 120_000;
const SILENT = `no answer within ${PATIENCE_MS / 1_000} s`;

/** TIMEOUT: a smaller batch is not asked for, for what took long once may be quick the next time. */
const NOT_NOW_CODES = new Set(['UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT', 'INTERNAL_SERVER_ERROR']);

/** Sends a batch of events, each the bytes of its JSON, once. Gives how it was answered; throws only when `signal` aborts. */
export async function postEvents(
  { url, token }: Target,
  events: readonly Buffer[],
  signal: AbortSignal,
): Promise<Answer> {
  const body = Buffer.concat([BEGINNING, ...events.flatMap((event) => [SEPARATOR, event]).slice(1), END]);
  const giveUp = new AbortController();
  const abort = () => giveUp.abort();
  const silence = setTimeout(() => giveUp.abort(new Error(SILENT)), PATIENCE_MS);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body,
      signal: giveUp.signal,
    });
    return toAnswer(response, parseBody(await response.text()), events.length);
  } catch (failure) {
    signal.throwIfAborted();
    return { kind: 'not now', reason: toReason(failure), afterMs: undefined };
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', abort);
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

function toAnswer(response: Response, body: Body | undefined, count: number): Answer {
  const { status } = response;
  const error = body?.errors?.[0];
  const code = error?.extensions?.code;
  const reason =
    error === undefined ? `HTTP status ${status}` : `${code ?? `HTTP status ${status}`}: ${error.message}`;
  if (code === 'BATCH_TOO_LARGE') return { kind: 'too many', reason };
  if (status === 413 || code === 'REQUEST_ENTITY_TOO_LARGE') return { kind: 'too large', reason };
  if (status >= 500 || status === 429 || status === 408 || NOT_NOW_CODES.has(code ?? '')) {
    const hintMs = error?.extensions?.retryAfterMs;
    const afterMs =
      typeof hintMs === 'number' ? hintMs : parseRetryAfter(response.headers.get('retry-after'));
    return { kind: 'not now', reason, afterMs };
  }
  const receipts = body?.data?.ingestEvents?.receipts;
  if (error === undefined && receipts?.length === count) return { kind: 'receipts', receipts };
  if (error !== undefined) return { kind: 'refused', reason };
  return {
    kind: 'refused',
    reason: `${reason}, and this is no answer of ingestEvents; is --url the endpoint?`,
  };
}

/** Seconds or a date (RFC 9110, section 10.2.3), in milliseconds from now. */
function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** What is behind the "fetch failed" of fetch. */
function toReason(failure: unknown): string {
  let error = failure;
  while (error instanceof Error && error.cause instanceof Error) error = error.cause;
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message || first.name : String(first);
}

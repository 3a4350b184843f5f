import { isRetryable, parseRetryAfter } from 'qlik-event-graph-ingest';
import type { Day } from '../../domain/values/calendar-day.ts';
import { BackOff, Obstacle } from './back-off.ts';
import type { DayCount } from './send-day.ts';

/** The server's answer for one day (schema, `CoverageDay`). */
export interface RecordedDay {
  date: Day;
  recoveredCount: number;
  isComplete: boolean;
}

export interface CoverageRecorderOptions {
  url: URL;
  token: string | undefined;
  giveUpAfterMs: number;
  stop: AbortSignal;
}

const DOCUMENT = `mutation Coverage($days: [CoverageDayInput!]!) {
  recordCoverage(input: { days: $days }) { days { date recoveredCount isComplete } } }`;
const NONE: DayCount = { upstream: 0, stored: 0 };
/** A mutation records at most 1,000 days. */
const DAYS_AT_ONCE = 1_000;

interface Body {
  data?: { recordCoverage?: { days?: RecordedDay[] } } | null;
  errors?: { message?: string; extensions?: { code?: unknown; retryAfterMs?: unknown } }[];
}

/**
 * Records the days that are sent. A day without events names no tenant: it is recorded for the
 * tenants of other days, as soon as one is known.
 */
export class CoverageRecorder {
  readonly #options: CoverageRecorderOptions;
  readonly #backOff: BackOff;
  readonly #tenantIds = new Set<string>();
  #withoutTenant: Day[] = [];

  constructor(options: CoverageRecorderOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.giveUpAfterMs, options.stop);
  }

  /** Why the recorder waits now; undefined while the server answers. */
  get waitsFor(): string | undefined {
    return this.#backOff.waitsFor;
  }

  /** The days that are not recorded, because no event has named the tenant. */
  get unrecorded(): readonly Day[] {
    return this.#withoutTenant;
  }

  /** Records a day with its counts by tenant. Throws an Obstacle if the server refuses. */
  async record(day: Day, counts: ReadonlyMap<string, DayCount>): Promise<RecordedDay[]> {
    for (const tenantId of counts.keys()) this.#tenantIds.add(tenantId);
    if (this.#tenantIds.size === 0) {
      this.#withoutTenant.push(day);
      return [];
    }
    const dates = [...this.#withoutTenant, day];
    const days = [...this.#tenantIds].flatMap((tenantId) =>
      dates.map((date) => {
        const { upstream, stored } = (date === day ? counts.get(tenantId) : undefined) ?? NONE;
        return { tenantId, date, upstreamCount: upstream, storedCount: stored };
      }),
    );
    const recorded: RecordedDay[] = [];
    for (let from = 0; from < days.length; from += DAYS_AT_ONCE) {
      recorded.push(...(await this.#send(days.slice(from, from + DAYS_AT_ONCE))));
    }
    this.#withoutTenant = [];
    return recorded;
  }

  async #send(days: readonly object[]): Promise<RecordedDay[]> {
    const { url, token, stop: signal } = this.#options;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const request = {
      method: 'POST',
      headers,
      body: JSON.stringify({ query: DOCUMENT, variables: { days } }),
    };
    for (;;) {
      signal.throwIfAborted();
      try {
        const response = await fetch(url, { ...request, redirect: 'manual', signal });
        const body = parseBody(await response.text());
        const recorded = body?.data?.recordCoverage?.days;
        if (recorded !== undefined) {
          this.#backOff.reset();
          return recorded;
        }
        await this.#waitOrThrow(response, body?.errors?.[0]);
      } catch (failure) {
        if (failure instanceof Obstacle || !(failure instanceof TypeError)) throw failure;
        await this.#backOff.wait(`${url.host} cannot be reached`, 0);
      }
    }
  }

  async #waitOrThrow({ status, headers }: Response, error: NonNullable<Body['errors']>[number] | undefined) {
    const { code, retryAfterMs } = error?.extensions ?? {};
    const reason = typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? code : `HTTP status ${status}`;
    if (isRetryable(status, reason)) {
      const afterMs =
        typeof retryAfterMs === 'number' ? retryAfterMs : parseRetryAfter(headers.get('retry-after'));
      return this.#backOff.wait(reason, afterMs);
    }
    throw new Obstacle(`${this.#options.url.href} does not record coverage: ${reason}.`);
  }
}

function parseBody(text: string): Body | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}

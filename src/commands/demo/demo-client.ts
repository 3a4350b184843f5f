import { BatchPoster, type Receipt } from 'qlik-event-graph-ingest';
import type { DemoEvent } from './history/runs.ts';

const LIMITS = { count: 1_000, bytes: 8_000_000 };
const GIVE_UP_AFTER_MS = 60_000;
/** A stop waits this long for open requests. */
const FINISH_MS = 1_000;

/** A client of the demo's own service. Events pass the same way as those of a relay. */
export class DemoClient {
  readonly #url: URL;
  readonly #posters: Record<'RELAY' | 'BACKFILL', BatchPoster>;

  constructor(serviceUrl: string, stop: AbortSignal) {
    this.#url = new URL('/graphql', serviceUrl);
    const shared = {
      url: this.#url,
      token: undefined,
      limits: LIMITS,
      giveUpAfterMs: GIVE_UP_AFTER_MS,
      finishMs: FINISH_MS,
      stop,
    };
    this.#posters = {
      RELAY: new BatchPoster({ ...shared, origin: 'RELAY' }),
      BACKFILL: new BatchPoster({ ...shared, origin: 'BACKFILL' }),
    };
  }

  /** Returns the receipts of at most 1,000 events. Rejects if `stop` aborts. */
  post(events: readonly DemoEvent[], origin: 'RELAY' | 'BACKFILL' = 'RELAY'): Promise<Receipt[]> {
    return this.#posters[origin].post(events.map(({ event }) => Buffer.from(JSON.stringify(event))));
  }

  /** Runs an operation and returns its data. Throws if the answer has errors. */
  async ask(query: string, variables: object = {}): Promise<Record<string, unknown>> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
    if (data === undefined || errors !== undefined) throw new Error(`Refused: ${JSON.stringify(errors)}`);
    return data;
  }
}

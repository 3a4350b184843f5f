import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../domain/refusal.ts';
import type { LogEntry } from '../store/read/log.ts';

/** What a stream needs of the feed. */
export interface LogSource {
  /** Entries after the position, in order; empty at the end of the log. */
  readPage(after: number): Promise<LogEntry[]>;
  /** Resolves when the log may have grown beyond the position, or when the signal aborts. */
  waitForGrowth(after: number, signal: AbortSignal): Promise<void>;
  /** Told when a stream begins and ends to work on a pull; gives false once the feed is closed. */
  begin(stream: { return(): Promise<unknown> }): boolean;
  end(stream: { return(): Promise<unknown> }): void;
}

/** Pause before a page is asked for again while the database is away. */
const RETRY_MS = 250;

/**
 * What `pick` takes from the entries of one log after a position, pulled one by one. Holds nothing while nobody pulls, so a
 * stream whose client vanished before the first pull costs nothing. `return()` settles a pending `next()`, so an idle
 * subscription ends at once when its client leaves (an async generator would not).
 */
export class LogStream<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #source: LogSource;
  readonly #pick: (entry: LogEntry) => Item | undefined;
  readonly #left = new AbortController();
  #after: number;
  #page: LogEntry[] = [];
  #next = 0;
  /** Pulls are answered one after another, in the order asked. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: LogSource, after: number, pick: (entry: LogEntry) => Item | undefined) {
    this.#source = source;
    this.#after = after;
    this.#pick = pick;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    const pulled = this.#turn.then(() => this.#pull());
    this.#turn = pulled.catch(() => undefined);
    return pulled;
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#left.abort();
    this.#page = [];
    return { done: true, value: undefined };
  }

  async #pull(): Promise<IteratorResult<Item, undefined>> {
    if (!this.#source.begin(this)) await this.return();
    try {
      return await this.#findNext();
    } finally {
      this.#source.end(this);
    }
  }

  async #findNext(): Promise<IteratorResult<Item, undefined>> {
    const { signal } = this.#left;
    while (!signal.aborted) {
      const entry = this.#page[this.#next];
      if (entry === undefined) {
        this.#page = await this.#readPage(signal);
        this.#next = 0;
        if (this.#page.length === 0) await this.#source.waitForGrowth(this.#after, signal);
        continue;
      }
      this.#next += 1;
      this.#after = entry.position;
      const item = this.#pick(entry);
      if (item !== undefined) return { done: false, value: item };
    }
    return { done: true, value: undefined };
  }

  /** The next page; while the database is away the stream waits, and goes on without loss when it is back. */
  async #readPage(signal: AbortSignal): Promise<LogEntry[]> {
    while (!signal.aborted) {
      try {
        return await orAborted(this.#source.readPage(this.#after), signal, []);
      } catch (failure) {
        if (!(failure instanceof Refusal && failure.code === 'UNAVAILABLE')) throw failure;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return [];
  }
}

/** Settles as `promise` does, or with `fallback` as soon as the signal aborts; leaves no listener behind. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal, fallback: T): Promise<T> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<T>((resolve) => {
    abort = () => resolve(fallback);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}

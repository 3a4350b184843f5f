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

/** What a subscriber takes from the entries of a log; both may ask the database. */
export interface Choice<Item> {
  /** Leaves out entries, a page at a time, that are not for this subscriber. */
  narrow?(page: LogEntry[]): Promise<LogEntry[]>;
  /** The item made of an entry at the moment of its delivery; undefined to leave it out. */
  pick(entry: LogEntry): Promise<Item | undefined> | Item | undefined;
}

/** Pause before the database is asked again while it is away. */
const RETRY_MS = 250;

/**
 * What a choice takes from the entries of one log after a position, pulled one by one. Holds nothing while nobody pulls, so a
 * stream whose client vanished before the first pull costs nothing. `return()` settles a pending `next()`, so an idle
 * subscription ends at once when its client leaves (an async generator would not).
 */
export class LogStream<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #source: LogSource;
  readonly #choice: Choice<Item>;
  readonly #left = new AbortController();
  #after: number;
  #page: LogEntry[] = [];
  #next = 0;
  /** Pulls are answered one after another, in the order asked. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: LogSource, after: number, choice: Choice<Item>) {
    this.#source = source;
    this.#after = after;
    this.#choice = choice;
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
        await this.#turnPage(signal);
        continue;
      }
      this.#next += 1;
      const item = await this.#untilAnswered(signal, async () => this.#choice.pick(entry));
      if (item !== undefined) return { done: false, value: item };
    }
    return { done: true, value: undefined };
  }

  async #turnPage(signal: AbortSignal): Promise<void> {
    const page = (await this.#untilAnswered(signal, () => this.#source.readPage(this.#after))) ?? [];
    const last = page.at(-1);
    if (last === undefined) return this.#source.waitForGrowth(this.#after, signal);
    this.#page = (await this.#untilAnswered(signal, async () => this.#choice.narrow?.(page) ?? page)) ?? [];
    this.#next = 0;
    this.#after = last.position;
  }

  /** Asks the database; while it is away the stream waits, and goes on without loss when it is back. */
  async #untilAnswered<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T | undefined> {
    while (!signal.aborted) {
      try {
        return await orAborted(ask(), signal, undefined);
      } catch (failure) {
        if (!(failure instanceof Refusal && failure.code === 'UNAVAILABLE')) throw failure;
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }
}

/** Settles as `promise` does, or with `fallback` as soon as the signal aborts; leaves no listener behind. */
async function orAborted<T, Fallback>(
  promise: Promise<T>,
  signal: AbortSignal,
  fallback: Fallback,
): Promise<T | Fallback> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<Fallback>((resolve) => {
    abort = () => resolve(fallback);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}

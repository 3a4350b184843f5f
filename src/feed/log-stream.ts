import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { isUnavailable } from '../domain/refusal.ts';
import type { LogEntry } from '../store/read/log.ts';
import type { Wait } from './head-waiters.ts';

/** What a stream needs of the feed. */
export interface LogSource {
  /** Entries after the position, in order; empty at the end of the log. */
  readPage(after: number): Promise<LogEntry[]> | LogEntry[];
  /** Waits until the log may have grown beyond the position. */
  waitForGrowth(after: number): Wait;
  /** Told when a stream begins and ends to work on a pull; gives false once the feed is closed. */
  begin(stream: WorkingStream): boolean;
  end(stream: WorkingStream): void;
}

/** A stream from which somebody has pulled. */
export interface WorkingStream {
  /** Whether it serves others than the one client that opened it. */
  readonly isFork: boolean;
  return(): Promise<unknown>;
}

/** What a subscriber takes from the entries of a log; both may ask the database. */
export interface Choice<Item> {
  /** Leaves out entries, a page at a time, that are not for this subscriber. */
  narrow?(page: LogEntry[]): Promise<LogEntry[]> | LogEntry[];
  /** The item made of an entry at the moment of its delivery; undefined to leave it out. */
  pick(entry: LogEntry): Promise<Item | undefined> | Item | undefined;
}

/** Pause before the database is asked again while it is away. */
const RETRY_MS = 250;

/** A page of so many is part of a backlog. */
const MANY = 50;

/** A pull that is not answered yet. */
interface Pull<Item> {
  resolve(result: IteratorResult<Item, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * What a choice takes from the entries of one log after a position, pulled one by one. Holds nothing while nobody pulls, so a
 * stream whose client vanished before the first pull costs nothing. `return()` settles a pending `next()`, so an idle
 * subscription ends at once when its client leaves (an async generator would not).
 */
export class LogStream<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #source: LogSource;
  readonly #choice: Choice<Item>;
  #after: number;
  #page: LogEntry[] = [];
  #next = 0;
  /** Pulls are answered one after another, in the order asked. */
  readonly #pulls: Pull<Item>[] = [];
  #isWorking = false;
  #hasLeft = false;
  #wait: Wait | undefined;
  readonly isFork: boolean;
  /** Whether it is known already that nothing follows. */
  #isAtEnd: boolean;
  /** Goes on after a pause. */
  #goOn: (() => void) | undefined;
  /**
   * Called when everything up to a position is passed and more is wanted. Gives true to pause the stream: then it does nothing, also when
   * the log grows, until `resume`.
   */
  onIdle: ((after: number) => boolean) | undefined;

  constructor(source: LogSource, after: number, choice: Choice<Item>, isFork = false) {
    this.#source = source;
    this.#after = after;
    this.#choice = choice;
    this.isFork = isFork;
    this.#isAtEnd = isFork;
  }

  /** A stream of the same choice from the end of the log, where this one is. */
  fork(): LogStream<Item> {
    return new LogStream(this.#source, this.#after, this.#choice, true);
  }

  /** The position that it waits behind for the log to grow; undefined while it does not wait. */
  get idleAt(): number | undefined {
    return this.#wait === undefined ? undefined : this.#after;
  }

  /** Goes on behind a position after a pause. */
  resume(after: number): void {
    this.#after = after;
    this.#goOn?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#hasLeft) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#pulls.push({ resolve, reject });
      if (!this.#isWorking) void this.#work();
    });
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#hasLeft = true;
    this.#page = [];
    this.#wait?.cancel();
    this.#goOn?.();
    this.#source.end(this);
    for (const pull of this.#pulls.splice(0)) pull.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    if (!this.#source.begin(this)) await this.return();
    while (this.#pulls.length > 0) {
      try {
        const item = await this.#findNext();
        if (item !== undefined) this.#pulls.shift()?.resolve({ done: false, value: item });
      } catch (failure) {
        this.#pulls.shift()?.reject(failure);
      }
    }
    this.#source.end(this);
    this.#isWorking = false;
  }

  /** The next item; undefined once the client has left. */
  async #findNext(): Promise<Item | undefined> {
    while (!this.#hasLeft) {
      const entry = this.#page[this.#next];
      if (entry === undefined) {
        await this.#turnPage();
        continue;
      }
      this.#next += 1;
      const item = await this.#untilAnswered(() => this.#choice.pick(entry));
      if (item !== undefined) return item;
    }
    return undefined;
  }

  async #turnPage(): Promise<void> {
    const page = this.#isAtEnd
      ? []
      : ((await this.#untilAnswered(() => this.#source.readPage(this.#after))) ?? []);
    this.#isAtEnd = false;
    const last = page.at(-1);
    if (last === undefined) return this.#waitForMore();
    // Where the database is within the process and the network takes everything, a backlog would be worked off in one turn of the event loop.
    if (page.length >= MANY) await nextTurn();
    this.#page = (await this.#untilAnswered(() => this.#choice.narrow?.(page) ?? page)) ?? [];
    this.#next = 0;
    this.#after = last.position;
  }

  async #waitForMore(): Promise<void> {
    if (this.#hasLeft) return;
    if (this.onIdle?.(this.#after) === true) {
      await new Promise<void>((goOn) => {
        this.#goOn = goOn;
      });
      this.#goOn = undefined;
      return;
    }
    this.#wait = this.#source.waitForGrowth(this.#after);
    await this.#wait.over;
    this.#wait = undefined;
  }

  /** Asks the database; while it is away the stream waits, and goes on without loss when it is back. */
  async #untilAnswered<T>(ask: () => Promise<T> | T): Promise<T | undefined> {
    while (!this.#hasLeft) {
      try {
        return await ask();
      } catch (failure) {
        if (!isUnavailable(failure)) throw failure;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    return undefined;
  }
}

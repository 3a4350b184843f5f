import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { isTemporary, type Refusal } from '../domain/refusal.ts';
import type { LogEntry } from '../store/read/log.ts';
import { type LogPlace, otherHistory } from '../store/read/log-cursor.ts';
import { checksumBefore, isOtherChecksum } from '../store/tables/log-checksum.ts';
import type { HeadWait } from './head-waiters.ts';

/** The operations of the feed that a stream uses. */
export interface LogSource {
  /** Reads the entries after a position, in order; empty at the head of the log. */
  readPage(after: number): Promise<LogEntry[]> | LogEntry[];
  /** Waits until the log may have grown beyond the position. */
  waitForGrowth(after: number): HeadWait;
  /** Drops the pages in memory, because they are not those of the database. */
  dropPages(): void;
  /** Registers a stream with a pending pull; returns false once the feed is closed. */
  addPulled(stream: PulledStream): boolean;
  removePulled(stream: PulledStream): void;
}

/** A stream with a pending pull. */
export interface PulledStream {
  /** Whether the stream serves a broadcast group instead of one client. */
  readonly isShared: boolean;
  return(): Promise<unknown>;
}

/** Selects a subscriber's items. Both functions may read the database. */
export interface Choice<Item> {
  /** The field that is subscribed to, for metrics. */
  readonly field?: string;
  /** Drops entries of a page that are not for this subscriber. */
  narrow?(page: LogEntry[]): Promise<LogEntry[]> | LogEntry[];
  /** Returns the item of an entry at its delivery; undefined drops the entry. */
  pick(entry: LogEntry): Promise<Item | undefined> | Item | undefined;
}

/** The pause between retries while the database is away. */
const RETRY_MS = 250;

/** A page with this many entries belongs to a backlog. */
const BACKLOG_ENTRIES = 50;

/** A call of `next()` that has not settled. */
interface Pull<Item> {
  resolve(result: IteratorResult<Item, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * The items that a choice picks from the entries after a position, pulled one by one (states:
 * open-feed.ts). A stream without a pull keeps the rest of its page. `return()` settles a pending
 * `next()`, so an idle subscription ends at once when its client leaves; an async generator
 * would not end.
 */
export class LogStream<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #source: LogSource;
  readonly #choice: Choice<Item>;
  /** The place after the entries of the page. */
  #after: LogPlace;
  #page: LogEntry[] = [];
  #nextIndex = 0;
  /** Pulls are settled one after another, in the order of their calls. */
  readonly #pulls: Pull<Item>[] = [];
  #isWorking = false;
  #hasEnded = false;
  #wait: HeadWait | undefined;
  readonly isShared: boolean;
  /** Whether the stream is known to be at the head, so that the next page need not be read. */
  #isAtHead: boolean;
  /** Ends the parked state. */
  #unpark: ((failure?: Refusal) => void) | undefined;
  /**
   * Called when the stream is at the head and has a pending pull. If it returns true, the
   * stream is parked: it does nothing, even when the log grows, until `resume`.
   */
  onIdle: ((after: LogPlace) => boolean) | undefined;

  constructor(source: LogSource, after: LogPlace, choice: Choice<Item>, isShared = false) {
    this.#source = source;
    this.#after = after;
    this.#choice = choice;
    this.isShared = isShared;
    this.#isAtHead = isShared;
  }

  /** The field that the stream serves. */
  get field(): string {
    return this.#choice.field ?? '';
  }

  /** Opens a stream of the same choice at the same position, for a broadcast group. */
  toShared(): LogStream<Item> {
    return new LogStream(this.#source, this.#after, this.#choice, true);
  }

  /** The place while the stream waits for growth; undefined in every other state. */
  get idleAt(): LogPlace | undefined {
    return this.#wait === undefined ? undefined : this.#after;
  }

  /** Resumes a parked stream after a place, or makes its pending pull fail. */
  resume(after: LogPlace, failure?: Refusal): void {
    this.#after = after;
    this.#unpark?.(failure);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#pulls.push({ resolve, reject });
      if (!this.#isWorking) void this.#work();
    });
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.#hasEnded = true;
    this.#page = [];
    this.#wait?.cancel();
    this.#unpark?.();
    this.#source.removePulled(this);
    for (const pull of this.#pulls.splice(0)) pull.resolve({ done: true, value: undefined });
    return { done: true, value: undefined };
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    if (!this.#source.addPulled(this)) await this.return();
    while (this.#pulls.length > 0) {
      try {
        const item = await this.#findNext();
        if (item !== undefined) this.#pulls.shift()?.resolve({ done: false, value: item });
      } catch (failure) {
        this.#pulls.shift()?.reject(failure);
      }
    }
    this.#source.removePulled(this);
    this.#isWorking = false;
  }

  /** The next item; undefined once the stream has ended. */
  async #findNext(): Promise<Item | undefined> {
    while (!this.#hasEnded) {
      const entry = this.#page[this.#nextIndex];
      if (entry === undefined) {
        await this.#readNextPage();
        continue;
      }
      this.#nextIndex += 1;
      const item = await this.#retryWhileAway(() => this.#choice.pick(entry));
      if (item !== undefined) return item;
    }
    return undefined;
  }

  async #readNextPage(): Promise<void> {
    const page = this.#isAtHead ? [] : ((await this.#retryWhileAway(() => this.#readFollowing())) ?? []);
    this.#isAtHead = false;
    const last = page.at(-1);
    if (last === undefined) return this.#waitForGrowth();
    // The embedded database would otherwise read a backlog within one turn of the event loop.
    if (page.length >= BACKLOG_ENTRIES) await nextTurn();
    this.#page = (await this.#retryWhileAway(() => this.#choice.narrow?.(page) ?? page)) ?? [];
    this.#nextIndex = 0;
    this.#after = placeOf(last);
  }

  async #waitForGrowth(): Promise<void> {
    if (this.#hasEnded) return;
    if (this.onIdle?.(this.#after) === true) {
      const failure = await new Promise<Refusal | undefined>((unpark) => {
        this.#unpark = unpark;
      });
      this.#unpark = undefined;
      if (failure !== undefined) throw failure;
      return;
    }
    this.#wait = this.#source.waitForGrowth(this.#after.position);
    const isInLog = await this.#wait.done;
    this.#wait = undefined;
    if (!isInLog) throw otherHistory();
  }

  /**
   * Reads the next page. Throws BAD_CURSOR if the page does not follow the entries that the stream
   * has read, because the database has lost them. The pages in memory may be the lost ones, so the
   * database is asked before.
   */
  async #readFollowing(): Promise<LogEntry[]> {
    const page = await this.#source.readPage(this.#after.position);
    if (isFollowing(this.#after, page[0])) return page;
    this.#source.dropPages();
    const stored = await this.#source.readPage(this.#after.position);
    if (isFollowing(this.#after, stored[0])) return stored;
    throw otherHistory();
  }

  /** Retries `work` while the database is away; undefined once the stream has ended. */
  async #retryWhileAway<T>(work: () => Promise<T> | T): Promise<T | undefined> {
    while (!this.#hasEnded) {
      try {
        return await work();
      } catch (failure) {
        if (!isTemporary(failure)) throw failure;
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
    return undefined;
  }
}

/** Returns the place after an entry. */
export function placeOf({ position, logChecksum }: Pick<LogEntry, 'position' | 'logChecksum'>): LogPlace {
  return { position, checksum: logChecksum };
}

/** Returns the place before an entry. */
export function placeBefore(entry: Pick<LogEntry, 'position' | 'logChecksum' | 'eventKey'>): LogPlace {
  const { position, logChecksum, eventKey } = entry;
  return {
    position: position - 1,
    checksum: logChecksum === null ? null : checksumBefore(logChecksum, eventKey),
  };
}

/** Returns whether an entry may follow a place: the checksums do not show that it cannot. */
function isFollowing({ checksum }: LogPlace, entry: LogEntry | undefined): boolean {
  return entry === undefined || !isOtherChecksum(checksum, placeBefore(entry).checksum);
}

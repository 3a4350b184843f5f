import type { Database } from '../store/database/database.ts';
import { type LogEntry, readHeads, readLogAfter } from '../store/read/log.ts';
import { HeadWaiters } from './head-waiters.ts';
import { type Choice, type LogSource, LogStream, type WorkingStream } from './log-stream.ts';
import { LogWindow } from './log-window.ts';

const POLL_MS = 1_000;
const PAGE_SIZE = 100;
/** Tenants whose newest entries are kept in memory: those that were followed last. */
const MAX_WINDOWS = 64;

/** Semaphore logs and wake-ups into streams. */
export interface Feed extends AsyncDisposable {
  /** What a choice takes from the entries of the tenant's log after a position: each once, in order, now and in future. */
  follow<Item>(tenantId: string, after: number, choice: Choice<Item>): AsyncIterableIterator<Item, undefined>;
  /** The newest position of the tenant's log that this process has heard of: what was read since then is as new as that. */
  headOf(tenantId: string): number;
  /** Somebody has seen this head. */
  noteHead(tenantId: string, head: number): void;
  /** How many streams are pulled from now, each for a client that is still there. */
  readonly waiting: number;
}

/**
 * Opens the feed of a database. A subscriber is a cursor, not a queue: it asks for pages as fast as it drains them, and pages
 * are shared. Wake-ups, and a look at the heads each `pollMs`, tell those who wait. Closing it ends every stream.
 */
export function openFeed(database: Database, pollMs = POLL_MS): Feed {
  const growth = new HeadWaiters();
  const working = new Set<WorkingStream>();
  /** The tenants whose logs these streams follow. */
  const followed = new Counted<string>();
  const pages = openPages((tenantId, after) => readLogAfter(database, tenantId, after, PAGE_SIZE));
  const heads = new Map<string, number>();
  const noteHead = (tenantId: string, head: number) => {
    if (head > (heads.get(tenantId) ?? 0)) heads.set(tenantId, head);
  };
  let closed = false;

  const lookAtAll = coalesce(async () => {
    const { tenantIds } = growth;
    if (closed || tenantIds.length === 0) return;
    // Where this look fails, the next one finds what it would have found.
    const read = await readHeads(database, tenantIds).catch(() => new Map<string, number>());
    for (const [tenantId, head] of read) noteHead(tenantId, head);
    const grown = [...read].filter(([tenantId, head]) => growth.isAwaited(tenantId, head));
    await Promise.all(
      grown.map(async ([tenantId, head]) => {
        // Before anybody is told, the new entries are there for all.
        await pages.extend(tenantId, head).catch(() => undefined);
        growth.announce(tenantId, head);
      }),
    );
  });
  const look = () => lookAtAll('');
  /** The log of a tenant has grown: what is new of it is read, without a look at its head first. */
  const lookAt = coalesce(async (tenantId) => {
    const end = await pages.advance(tenantId).catch(() => undefined);
    if (end === undefined) {
      pages.miss([tenantId]);
      return look();
    }
    noteHead(tenantId, end);
    growth.announce(tenantId, end);
  });
  database.wakeUps.onWake((tenantIds) => {
    // Whoever waits is told by a look or by what is read; whoever does not has to look when it comes to that.
    pages.miss(tenantIds?.filter((tenantId) => !followed.has(tenantId)));
    if (tenantIds === undefined) look();
    else for (const tenantId of tenantIds) if (!closed && followed.has(tenantId)) lookAt(tenantId);
  });
  const poll = setInterval(look, pollMs);

  const toSource = (tenantId: string): LogSource => ({
    readPage: (after) => pages.read(tenantId, after),
    waitForGrowth(after) {
      const grown = growth.wait(tenantId, after);
      // The log may have grown between the reading of the page and this moment.
      if (!pages.keepUp(tenantId, after)) look();
      return grown;
    },
    begin(stream) {
      if (closed) return false;
      working.add(stream);
      followed.add(tenantId);
      return true;
    },
    end(stream) {
      if (working.delete(stream)) followed.delete(tenantId);
    },
  });

  return {
    get waiting() {
      return [...working].filter(({ isFork }) => !isFork).length;
    },
    headOf: (tenantId) => heads.get(tenantId) ?? 0,
    noteHead,
    follow: (tenantId, after, choice) => new LogStream(toSource(tenantId), after, choice),
    async [Symbol.asyncDispose]() {
      closed = true;
      clearInterval(poll);
      await Promise.all([...working].map((stream) => stream.return()));
    },
  };
}

/** Pages of logs, each read once for all who ask for it at the same time. */
interface Pages {
  read(tenantId: string, after: number): Promise<LogEntry[]> | LogEntry[];
  /** Reads what is new of a log that somebody follows at its head. */
  extend(tenantId: string, head: number): Promise<void>;
  /** Reads what is new of such a log to its end, and gives that; undefined where its newest entries are not kept. */
  advance(tenantId: string): Promise<number | undefined>;
  /**
   * Whoever is at a position waits from now on for what `extend` and `advance` bring. Tells whether they have brought everything up to now:
   * otherwise there has to be a look at the head.
   */
  keepUp(tenantId: string, position: number): boolean;
  /** These logs have grown, or any may have, and what is new is not read. */
  miss(tenantIds: readonly string[] | undefined): void;
}

function openPages(readLog: (tenantId: string, after: number) => Promise<LogEntry[]>): Pages {
  const windows = new Map<string, LogWindow>();
  const underWay = new Map<string, Promise<LogEntry[]>>();
  /** Windows that lack nothing that a hint has told of. One that has just begun may: the hint may have come before. */
  let kept = new WeakSet<LogWindow>();

  const readAnew = (tenantId: string, after: number) => {
    const key = toKey(tenantId, after);
    const page = readLog(tenantId, after);
    underWay.set(key, page);
    const forget = () => void (underWay.get(key) === page && underWay.delete(key));
    page.then(forget, forget);
    return page;
  };
  const readShared = (tenantId: string, after: number) =>
    underWay.get(toKey(tenantId, after)) ?? readAnew(tenantId, after);
  /** The tenant's window, put last among all. */
  const touch = (tenantId: string) => {
    const window = windows.get(tenantId);
    if (window === undefined) return undefined;
    windows.delete(tenantId);
    windows.set(tenantId, window);
    return window;
  };
  const begin = (tenantId: string, window: LogWindow) => {
    windows.set(tenantId, window);
    const oldest = windows.keys().next().value;
    if (windows.size > MAX_WINDOWS && oldest !== undefined) windows.delete(oldest);
  };

  return {
    read(tenantId, after) {
      const window = touch(tenantId);
      const entries = window?.read(after, PAGE_SIZE);
      if (window !== undefined && entries !== undefined && (entries.length > 0 || kept.has(window)))
        return entries;
      const page = readShared(tenantId, after);
      return page.then((read) => {
        if (after === window?.end) window.append(read);
        // Who finds nothing is at the head: there a window begins.
        if (read.length === 0 && after > (windows.get(tenantId)?.end ?? -1))
          begin(tenantId, new LogWindow(after));
        return read;
      });
    },
    async extend(tenantId, head) {
      const window = windows.get(tenantId);
      while (window !== undefined && window.end < head) {
        const page = await readShared(tenantId, window.end);
        if (page.length === 0) return;
        window.append(page);
      }
    },
    async advance(tenantId) {
      const window = windows.get(tenantId);
      if (window === undefined) return undefined;
      let page: LogEntry[];
      do {
        // A read that is under way may have begun before the log grew.
        page = await readAnew(tenantId, window.end);
        window.append(page);
      } while (page.length === PAGE_SIZE);
      return window.end;
    },
    keepUp(tenantId, position) {
      const window = windows.get(tenantId);
      if (window === undefined || window.end !== position) return false;
      const wasKept = kept.has(window);
      kept.add(window);
      return wasKept;
    },
    miss(tenantIds) {
      if (tenantIds === undefined) kept = new WeakSet();
      for (const tenantId of tenantIds ?? []) {
        const window = windows.get(tenantId);
        if (window !== undefined) kept.delete(window);
      }
    },
  };
}

const toKey = (tenantId: string, after: number) => `${after}:${tenantId}`;

/** Runs `work` for what it is called with; calls that come while it runs for the same lead to one more run after it. */
function coalesce(work: (subject: string) => Promise<void>): (subject: string) => void {
  /** Those for which it runs, and whether it has to run again. */
  const running = new Map<string, boolean>();
  const run = async (subject: string) => {
    do {
      running.set(subject, false);
      await work(subject);
    } while (running.get(subject) === true);
    running.delete(subject);
  };
  return (subject) => {
    if (running.has(subject)) running.set(subject, true);
    else void run(subject);
  };
}

/** A set that has what was added to it until that was deleted as often. */
class Counted<Item> {
  readonly #counts = new Map<Item, number>();

  has(item: Item): boolean {
    return this.#counts.has(item);
  }

  add(item: Item): void {
    this.#counts.set(item, (this.#counts.get(item) ?? 0) + 1);
  }

  delete(item: Item): void {
    const count = this.#counts.get(item) ?? 0;
    if (count > 1) this.#counts.set(item, count - 1);
    else this.#counts.delete(item);
  }
}

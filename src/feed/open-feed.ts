import type { Database } from '../store/database.ts';
import { type LogEntry, readHeads, readLogAfter } from '../store/read/log.ts';
import { Growth } from './growth.ts';
import { type Choice, type LogSource, LogStream, type WorkingStream } from './log-stream.ts';
import { LogWindow } from './log-window.ts';

const POLL_MS = 1_000;
const PAGE_SIZE = 100;
/** Tenants whose newest entries are kept in memory: those that were followed last. */
const MAX_WINDOWS = 64;

/** Turns logs and wake-ups into streams. */
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
  const growth = new Growth();
  const working = new Set<WorkingStream>();
  const pages = openPages((tenantId, after) => readLogAfter(database, tenantId, after, PAGE_SIZE));
  const heads = new Map<string, number>();
  const noteHead = (tenantId: string, head: number) => {
    if (head > (heads.get(tenantId) ?? 0)) heads.set(tenantId, head);
  };
  let closed = false;

  const look = coalesce(async () => {
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
  database.wakeUps.onWake(look);
  const poll = setInterval(look, pollMs);

  const toSource = (tenantId: string): LogSource => ({
    readPage: (after) => pages.read(tenantId, after),
    waitForGrowth(after) {
      const grown = growth.wait(tenantId, after);
      // The log may have grown between the reading of the page and this moment.
      look();
      return grown;
    },
    begin: (stream) => !closed && working.add(stream).has(stream),
    end: (stream) => void working.delete(stream),
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
}

function openPages(readLog: (tenantId: string, after: number) => Promise<LogEntry[]>): Pages {
  const windows = new Map<string, LogWindow>();
  const underWay = new Map<string, Promise<LogEntry[]>>();

  const readShared = (tenantId: string, after: number) => {
    const key = `${after}:${tenantId}`;
    const shared = underWay.get(key);
    if (shared !== undefined) return shared;
    const page = readLog(tenantId, after);
    underWay.set(key, page);
    const forget = () => void underWay.delete(key);
    page.then(forget, forget);
    return page;
  };
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
      if (entries !== undefined && entries.length > 0) return entries;
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
  };
}

/** Runs `work` when called; calls that come while it runs lead to one more run after it. */
function coalesce(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    do {
      again = false;
      await work();
    } while (again);
    running = false;
  };
  return () => {
    if (running) again = true;
    else void run();
  };
}

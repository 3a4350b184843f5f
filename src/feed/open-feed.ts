import type { Database } from '../store/database.ts';
import { type LogEntry, readHeads, readLogAfter } from '../store/read/log.ts';
import { Growth } from './growth.ts';
import { type Choice, type LogSource, LogStream } from './log-stream.ts';

const POLL_MS = 1_000;
const PAGE_SIZE = 100;
const SHARED_PAGES = 64;

/** Turns logs and wake-ups into streams. */
export interface Feed extends AsyncDisposable {
  /** What a choice takes from the entries of the tenant's log after a position: each once, in order, now and in future. */
  follow<Item>(tenantId: string, after: number, choice: Choice<Item>): AsyncIterableIterator<Item, undefined>;
  /** How many streams wait for news now, each for a client that is still there. */
  readonly waiting: number;
}

/**
 * Opens the feed of a database. A subscriber is a cursor, not a queue: it asks for pages as fast as it drains them, and pages
 * are shared. Wake-ups, and a look at the heads each `pollMs`, tell those who wait. Closing it ends every stream.
 */
export function openFeed(database: Database, pollMs = POLL_MS): Feed {
  const growth = new Growth();
  const working = new Set<{ return(): Promise<unknown> }>();
  const readPage = sharePages((tenantId, after) => readLogAfter(database, tenantId, after, PAGE_SIZE));
  let closed = false;

  const look = coalesce(async () => {
    const { tenantIds } = growth;
    if (closed || tenantIds.length === 0) return;
    // Where this look fails, the next one finds what it would have found.
    const heads = await readHeads(database, tenantIds).catch(() => new Map<string, number>());
    for (const [tenantId, head] of heads) growth.announce(tenantId, head);
  });
  database.wakeUps.onWake(look);
  const poll = setInterval(look, pollMs);

  const toSource = (tenantId: string): LogSource => ({
    readPage: (after) => readPage(tenantId, after),
    waitForGrowth(after, signal) {
      const grown = growth.wait(tenantId, after, signal);
      // The log may have grown between the reading of the page and this moment.
      look();
      return grown;
    },
    begin: (stream) => !closed && working.add(stream).has(stream),
    end: (stream) => void working.delete(stream),
  });

  return {
    get waiting() {
      return growth.waiting;
    },
    follow: (tenantId, after, choice) => new LogStream(toSource(tenantId), after, choice),
    async [Symbol.asyncDispose]() {
      closed = true;
      clearInterval(poll);
      await Promise.all([...working].map((stream) => stream.return()));
    },
  };
}

/** Lets all who ask for one page while it is read, or while it is full and recent, share it. */
function sharePages(
  read: (tenantId: string, after: number) => Promise<LogEntry[]>,
): (tenantId: string, after: number) => Promise<LogEntry[]> {
  const pages = new Map<string, Promise<LogEntry[]>>();
  return (tenantId, after) => {
    const key = `${after}:${tenantId}`;
    const shared = pages.get(key);
    if (shared !== undefined) return shared;
    const page = read(tenantId, after);
    pages.set(key, page);
    const forget = () => void (pages.get(key) === page && pages.delete(key));
    // A page that is not full would hide what comes next, and a failed one the recovery.
    page.then((entries) => entries.length < PAGE_SIZE && forget(), forget);
    const oldest = pages.keys().next().value;
    if (pages.size > SHARED_PAGES && oldest !== undefined) pages.delete(oldest);
    return page;
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

import type { Database } from '../store/database/database.ts';
import { LOG_PAGE_SIZE, readHeads, readLogAfter } from '../store/read/log.ts';
import type { LogPlace } from '../store/read/log-cursor.ts';
import { HeadWaiters } from './head-waiters.ts';
import { openLogPages } from './log-pages.ts';
import { type Choice, type LogSource, LogStream, type PulledStream } from './log-stream.ts';

/*
 * The feed turns logs and wake-ups into streams: the live path below GraphQL.
 *
 * A subscriber is a cursor, not a queue. Its stream (log-stream.ts) reads the log page by
 * page, as fast as its client takes the items, and keeps one page in memory. A slow client
 * delays its own stream and nothing else.
 *
 * A stream is in one of four states:
 *   unpulled   the client has not asked for an item; the stream keeps the rest of a page
 *   reading    the stream reads pages after its position and picks items from them
 *   waiting    the position is the head; the stream waits in HeadWaiters until the head grows
 *   parked     the position is the head, and a broadcast group delivers instead
 *              (execution/live)
 *
 * The feed detects a new head in two ways. A wake-up names the tenants whose logs have grown:
 * the feed reads the new entries of a tenant with streams once, then resumes the waiting ones.
 * A poll reads the heads of all awaited tenants each second, so a lost wake-up costs a second
 * and never an event.
 *
 * Streams near the head share memory: log-pages.ts keeps a window of the newest entries per
 * tenant, and one read of a page serves all streams that ask for it at the same time. A window
 * is caught up while it has every entry that a wake-up has announced. If it is not, a stream at
 * the end of the window waits, and the feed polls the head at once.
 *
 * Guarantees: a stream delivers each entry after its position once and in order. While the
 * database is away the stream stays open and retries. Closing the feed ends every stream. If the
 * database comes back without entries that a stream has read (an asynchronous standby was
 * promoted), the stream ends with BAD_CURSOR: positions are compared with the head, and each page
 * with the checksum of the entries before it (store/tables/log-checksum.ts).
 */

const POLL_MS = 1_000;

/** Turns logs and wake-ups into streams. */
export interface Feed extends AsyncDisposable {
  /** Opens a stream of the items that `choice` picks from the log after a place. */
  follow<Item>(tenantId: string, after: LogPlace, choice: Choice<Item>): LogStream<Item>;
  /** The newest head of the tenant's log that this process has read; initially 0. */
  headOf(tenantId: string): number;
  /** Records a head position read elsewhere, so `headOf` is never less than it. */
  recordHead(tenantId: string, head: number): void;
  /** The number of clients' streams with a pending pull. */
  readonly waiting: number;
}

/** Opens the feed of a database; it polls the heads every `pollMs` milliseconds. */
export function openFeed(database: Database, pollMs = POLL_MS): Feed {
  const headWaiters = new HeadWaiters();
  /** The streams with a pending pull, by tenant. */
  const pulled = new Map<string, Set<PulledStream>>();
  const pages = openLogPages(LOG_PAGE_SIZE, (tenantId, after) =>
    readLogAfter(database.forTenant(tenantId), after),
  );
  const heads = new Map<string, number>();
  const recordHead = (tenantId: string, head: number) => {
    if (head > (heads.get(tenantId) ?? 0)) heads.set(tenantId, head);
  };
  let isClosed = false;

  const pollHeads = coalesce(async () => {
    const { tenantIds } = headWaiters;
    if (isClosed || tenantIds.length === 0) return;
    const earlierWaits = headWaiters.count;
    // A poll that fails loses nothing: the next one reads the same heads.
    const read = await readHeads(database.acrossTenants, tenantIds).catch(() => new Map<string, number>());
    for (const [tenantId, head] of read) {
      recordHead(tenantId, head);
      if (headWaiters.endAhead(tenantId, head, earlierWaits)) pages.drop(tenantId);
    }
    const grown = [...read].filter(([tenantId, head]) => headWaiters.isAwaited(tenantId, head));
    await Promise.all(
      grown.map(async ([tenantId, head]) => {
        // The window is extended before the streams resume, so that they read it from memory.
        await pages.readUpTo(tenantId, head).catch(() => undefined);
        headWaiters.announce(tenantId, head);
      }),
    );
  });
  const poll = () => pollHeads('');

  /** Reads the new entries of a log that a wake-up named, without reading the head first. */
  const readGrown = coalesce(async (tenantId) => {
    const end = await pages.readToEnd(tenantId).catch(() => undefined);
    if (end === undefined) {
      pages.markStale([tenantId]);
      return poll();
    }
    recordHead(tenantId, end);
    headWaiters.announce(tenantId, end);
  });

  database.wakeUps.onWake((tenantIds) => {
    // Waiting streams are resumed below. For all other tenants the window is marked stale, so
    // their streams check the head before they wait.
    pages.markStale(tenantIds?.filter((tenantId) => !pulled.has(tenantId)));
    if (tenantIds === undefined) poll();
    else for (const tenantId of tenantIds) if (!isClosed && pulled.has(tenantId)) readGrown(tenantId);
  });
  const polling = setInterval(poll, pollMs);

  const toSource = (tenantId: string): LogSource => ({
    readPage: (after) => pages.read(tenantId, after),
    dropPages: () => pages.drop(tenantId),
    waitForGrowth(after) {
      const wait = headWaiters.wait(tenantId, after);
      // The log may have grown since the page was read.
      if (!pages.isCaughtUp(tenantId, after)) poll();
      return wait;
    },
    addPulled(stream) {
      if (isClosed) return false;
      const streams = pulled.get(tenantId) ?? new Set();
      pulled.set(tenantId, streams.add(stream));
      return true;
    },
    removePulled(stream) {
      const streams = pulled.get(tenantId);
      streams?.delete(stream);
      if (streams?.size === 0) pulled.delete(tenantId);
    },
  });
  const listPulled = () => [...pulled.values()].flatMap((streams) => [...streams]);

  return {
    get waiting() {
      return listPulled().filter(({ isShared }) => !isShared).length;
    },
    headOf: (tenantId) => heads.get(tenantId) ?? 0,
    recordHead,
    follow: (tenantId, after, choice) => new LogStream(toSource(tenantId), after, choice),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearInterval(polling);
      await Promise.all(listPulled().map((stream) => stream.return()));
    },
  };
}

/** Runs `work` once at a time per subject; calls during a run cause one more run. */
function coalesce(work: (subject: string) => Promise<void>): (subject: string) => void {
  /** The running subjects, and whether each has to run again. */
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

import { setTimeout as sleep } from 'node:timers/promises';
import { answerWithin } from './answer-within.ts';
import { type FoundServer, isSameServer, type Server } from './server.ts';

/*
 * The watch keeps the state of the database, so that a request is refused at once during an
 * outage.
 *
 * States:
 *   available  The current server answers and accepts writes.
 *   read-only  The current server answers and refuses writes: it was demoted, or
 *              `default_transaction_read_only` is on. Reads continue over their sessions.
 *              Writes are refused at once.
 *   away       No server can be used. Reads and writes are refused at once.
 *
 * Transitions: the watch queries the current server every second over one connection. If the
 * server does not answer that it is writable, or a transaction fails as read-only, the watch
 * queries every server of DATABASE_URL over new connections:
 * - A server accepts writes: the state is `available`. All connections are replaced by new
 *   ones to that server, and earlier sessions of this process there are ended. If only the
 *   watch's own connection was lost, the other connections stay.
 * - No server does, and the current server answers: `read-only`.
 * - The current server does not answer: `away`, at the first failed check more than 2 s after
 *   its last answer. All connections are replaced.
 *
 * A standby that was never the current server is not read from, because it may lack events
 * that this process has acknowledged.
 *
 * Guarantees: a silent link is noticed within 4 s, a refused connection sooner. A writable
 * server is found within about a second of its first answer, or within 4 s if DATABASE_URL
 * names a silent host before it. Work that is interrupted may have been committed.
 */

/** The interval between two checks. It is shorter than the deadline of a request. */
const CHECK_EVERY_MS = 1_000;
/** The pause after a failed check. Only one connection may have failed. */
const RECHECK_MS = 250;
/** A link without an answer for this long counts as dead, even without an error. */
const ANSWER_WITHIN_MS = 3_000;
/** Includes the time of the name service, which answers first. */
const FIND_WITHIN_MS = 2 * ANSWER_WITHIN_MS;
/** Shorter outages are covered by the retries of `attempt`. */
const AWAY_AFTER_MS = 2_000;

/** Whether the database can be used now. */
export interface Outage extends Disposable {
  readonly state: 'available' | 'read-only' | 'away';
  /** Counts how often all connections were replaced. */
  readonly generation: number;
  /** Calls back when the state becomes `away`. Returns a function to remove the listener. */
  onAway(listener: () => void): () => void;
  /** Reports a write refused by a session of this generation; the watch checks the servers. */
  reportReadOnly(generation: number): void;
}

/** The operations on the database that the watch needs. */
export interface Watched {
  /** The server that all connections go to. */
  readonly current: Server;
  /** Queries over one lasting connection whether the current server accepts writes. */
  isWritable(): PromiseLike<boolean>;
  /** Finds the server to use, over new connections. */
  find(): PromiseLike<FoundServer>;
  /** Replaces the connection of `isWritable`, which may never answer. */
  reconnect(): void;
  /** Replaces all connections by new ones to `server`; rejects the waiting statements. */
  moveTo(server: Server): void;
  /** Ends earlier sessions of this process on the current server. */
  endOldSessions(): PromiseLike<unknown>;
}

/** Watches for outages until it is disposed. */
export function watchForOutage(watched: Watched): Outage {
  const listeners = new Set<() => void>();
  const closed = new AbortController();
  let pause = new AbortController();
  let state: Outage['state'] = 'available';
  let generation = 0;
  let hasRefusedWrite = false;
  let answeredAt = performance.now();
  let movedAt = Number.NEGATIVE_INFINITY;

  const moveTo = (server: Server) => {
    generation += 1;
    movedAt = performance.now();
    watched.moveTo(server);
  };
  const markAwayIfOverdue = () => {
    if (state === 'away' || performance.now() - answeredAt <= AWAY_AFTER_MS) return;
    state = 'away';
    // Waiting requests are refused before their connections close, so none retries in between.
    for (const listener of [...listeners]) listener();
    moveTo(watched.current);
  };

  /** Checks the database once. Returns the milliseconds until the next check. */
  const check = async (): Promise<number> => {
    const isWritable =
      state === 'away' ? undefined : await answerWithin(watched.isWritable(), ANSWER_WITHIN_MS);
    // Closing rejects the query. New connections would keep the process running.
    if (closed.signal.aborted) return 0;
    if (isWritable !== undefined) answeredAt = performance.now();
    if (isWritable === true && state === 'available' && !hasRefusedWrite) return CHECK_EVERY_MS;
    const isRefusing = isWritable === false || hasRefusedWrite;
    if (isWritable === undefined) {
      markAwayIfOverdue();
      watched.reconnect();
    }
    hasRefusedWrite = false;
    const found = await answerWithin(watched.find(), FIND_WITHIN_MS);
    if (closed.signal.aborted) return 0;
    const isCurrent = found !== undefined && isSameServer(found.server, watched.current);
    if (found === undefined || (found.isReadOnly && !isCurrent)) {
      if (isWritable === undefined) markAwayIfOverdue();
      else if (!isWritable) state = 'read-only';
      return RECHECK_MS;
    }
    if (found.isReadOnly) {
      state = 'read-only';
    } else if (state !== 'available' || !isCurrent || isRefusing) {
      moveTo(found.server);
      if ((await answerWithin(watched.endOldSessions(), ANSWER_WITHIN_MS)) === undefined) return RECHECK_MS;
      state = 'available';
    }
    answeredAt = performance.now();
    return CHECK_EVERY_MS;
  };

  const watch = async () => {
    while (!closed.signal.aborted) {
      const pauseMs = await check();
      pause = new AbortController();
      const signal = AbortSignal.any([closed.signal, pause.signal]);
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  void watch();

  return {
    get state() {
      return state;
    },
    get generation() {
      return generation;
    },
    onAway(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reportReadOnly(reported) {
      if (reported !== generation) return;
      hasRefusedWrite = true;
      // At most once a second, even if a writable server refuses a write as read-only.
      if (performance.now() - movedAt > CHECK_EVERY_MS) pause.abort();
    },
    [Symbol.dispose]: () => closed.abort(),
  };
}

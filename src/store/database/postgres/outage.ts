import { setTimeout as sleep } from 'node:timers/promises';
import { answerWithin } from './answer-within.ts';
import { type FoundServer, isSameServer, type Server } from './server.ts';

/*
 * The watch knows whether the database can be used, so that no request has to wait to find out.
 *
 * States:
 *   available  the current server answers and accepts writes.
 *   read-only  the current server answers and refuses writes: it was demoted, or `default_transaction_read_only` is on.
 *              Reads go on over the sessions that they have; writes are refused at once.
 *   away       no server can be used. Reads and writes are refused at once.
 *
 * Transitions: every second the watch asks the current server over a lasting connection. If it does not answer
 * "writable", and whenever a transaction fails as read-only, the watch asks every server of DATABASE_URL over new
 * connections:
 *   - A server accepts writes: the state is `available`. All connections are replaced by new ones to that server, and
 *     sessions that this process left behind there are ended. If only the lasting connection was lost, the others stay.
 *   - None does, and the current server answers: `read-only`.
 *   - The current server does not answer: `away`, from 2 s after its last answer on. All connections are given up.
 *   A standby that was never the current server is not read from: it may lack what this process has acknowledged.
 *
 * Guarantees: a silent link is noticed within 4 s. A writable server is found again within about a second of its first
 * answer, and within 4 s if DATABASE_URL names a silent host before it. Work that is cut off may have been committed.
 */

/** The current server is asked this often, so an outage is noticed before a request suffers it. */
const ASK_EVERY_MS = 1_000;
/** Asked again after a failure, which may be the end of just one connection. */
const ASK_AGAIN_MS = 250;
/** Without an answer for so long, the link is dead although no error says so. */
const ANSWER_WITHIN_MS = 3_000;
/** The name service answers before the servers can. */
const FIND_WITHIN_MS = 2 * ANSWER_WITHIN_MS;
/** Failures of less than this are bridged by retries. */
const AWAY_AFTER_MS = 2_000;

/** Whether the database can be used now. */
export interface Outage extends Disposable {
  readonly state: 'available' | 'read-only' | 'away';
  /** Counts how often all connections were replaced. */
  readonly generation: number;
  /** Calls back once, when the database goes away. Returns a function that stops listening. */
  onAway(listener: () => void): () => void;
  /** Reports that a session of this generation refused to write, although the watch may have found the server writable. */
  reportReadOnly(generation: number): void;
}

/** What a watch does with the database. */
export interface Watched {
  /** The server that all connections go to. */
  readonly current: Server;
  /** Asks the current server over a lasting connection whether it accepts writes. */
  ask(): PromiseLike<boolean>;
  /** Finds the server to use, over new connections. */
  find(): PromiseLike<FoundServer>;
  /** Replaces the connection that `ask` uses: it may never answer. */
  reconnect(): void;
  /** Replaces all connections by new ones to `server`, and ends what waits for them. */
  moveTo(server: Server): void;
  /** Ends what earlier connections have left on the current server. */
  clear(): PromiseLike<unknown>;
}

/** Watches for outages until it is disposed. */
export function watchForOutage(watched: Watched): Outage {
  const listeners = new Set<() => void>();
  const closed = new AbortController();
  let awake = new AbortController();
  let state: Outage['state'] = 'available';
  let generation = 0;
  let isDoubted = false;
  let answeredAt = performance.now();
  let movedAt = Number.NEGATIVE_INFINITY;

  const moveTo = (server: Server) => {
    generation += 1;
    movedAt = performance.now();
    watched.moveTo(server);
  };
  const goAwayInTime = () => {
    if (state === 'away' || performance.now() - answeredAt <= AWAY_AFTER_MS) return;
    state = 'away';
    // The waiting requests are refused before their connections are ended: none of them tries again in between.
    for (const listener of [...listeners]) listener();
    moveTo(watched.current);
  };

  /** Looks once and returns after how many milliseconds to look again. */
  const look = async (): Promise<number> => {
    const isWritable = state === 'away' ? undefined : await answerWithin(watched.ask(), ANSWER_WITHIN_MS);
    if (isWritable !== undefined) answeredAt = performance.now();
    if (isWritable === true && state === 'available' && !isDoubted) return ASK_EVERY_MS;
    const isRefusing = isWritable === false || isDoubted;
    if (isWritable === undefined) {
      goAwayInTime();
      watched.reconnect();
    }
    isDoubted = false;
    const found = await answerWithin(watched.find(), FIND_WITHIN_MS);
    if (closed.signal.aborted) return 0;
    const isCurrent = found !== undefined && isSameServer(found.server, watched.current);
    if (found === undefined || (found.isReadOnly && !isCurrent)) {
      if (isWritable === undefined) goAwayInTime();
      else if (!isWritable) state = 'read-only';
      return ASK_AGAIN_MS;
    }
    if (found.isReadOnly) {
      state = 'read-only';
    } else if (state !== 'available' || !isCurrent || isRefusing) {
      moveTo(found.server);
      if ((await answerWithin(watched.clear(), ANSWER_WITHIN_MS)) === undefined) return ASK_AGAIN_MS;
      state = 'available';
    }
    answeredAt = performance.now();
    return ASK_EVERY_MS;
  };

  const watch = async () => {
    while (!closed.signal.aborted) {
      const pauseMs = await look();
      awake = new AbortController();
      const signal = AbortSignal.any([closed.signal, awake.signal]);
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
      isDoubted = true;
      // Connections are replaced at most once a second, also where a writable server refuses a write as read-only.
      if (performance.now() - movedAt > ASK_EVERY_MS) awake.abort();
    },
    [Symbol.dispose]: () => closed.abort(),
  };
}

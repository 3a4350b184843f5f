import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** The database is asked this often, so an outage is noticed without a request to suffer it first. */
const ASK_EVERY_MS = 1_000;
/** Asked again after a failure, which may be the end of just one connection. */
const ASK_AGAIN_MS = 250;
/** Without an answer for so long, the link is dead although nobody said so. */
const ANSWER_WITHIN_MS = 3_000;
/** Failures of less than this are a blip, which trying again gets over. */
const AWAY_AFTER_MS = 2_000;

/** Knows whether the database is away, so that nobody has to wait for it. */
export interface Outage extends Disposable {
  readonly isAway: boolean;
  /** Calls back once, when the database goes away. Gives the way to stop listening. */
  onAway(listener: () => void): () => void;
}

/** What a watch does with the database. */
export interface Watched {
  /** Asks for the smallest answer there is; rejects where none can be had. */
  ask(): PromiseLike<unknown>;
  /** Gives up the connection that was asked over: it may never answer. */
  reconnect(): void;
  /** Gives up all other connections: they may be dead too, and what waits for them would wait for TCP, for minutes. */
  drop(): void;
  /** Clears away what the outage has left behind, before anybody is let in again. */
  clear(): PromiseLike<unknown>;
}

/**
 * Watches for outages: the server that is down or refuses, and the link that swallows bytes and says nothing, which no driver
 * notices. Away from 2 to 4 s after the last answer; back within about a second.
 */
export function watchForOutage({ ask, reconnect, drop, clear }: Watched): Outage {
  const listeners = new Set<() => void>();
  const closed = new AbortController();
  let answeredAt = performance.now();
  let isAway = false;

  const goAway = () => {
    isAway = true;
    // First those who wait are told, then their connections are dropped: nobody tries again in between.
    for (const listener of [...listeners]) listener();
    drop();
  };

  const watch = async () => {
    while (!closed.signal.aborted) {
      const answered = (await isAnswered(ask())) && (!isAway || (await isAnswered(clear())));
      if (closed.signal.aborted) return;
      if (answered) {
        answeredAt = performance.now();
        isAway = false;
      } else {
        if (!isAway && performance.now() - answeredAt > AWAY_AFTER_MS) goAway();
        reconnect();
      }
      const pauseMs = answered ? ASK_EVERY_MS : ASK_AGAIN_MS;
      await sleep(pauseMs, undefined, { signal: closed.signal, ref: false }).catch(() => undefined);
    }
  };
  void watch();

  return {
    get isAway() {
      return isAway;
    },
    onAway(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [Symbol.dispose]: () => closed.abort(),
  };
}

async function isAnswered(answer: PromiseLike<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const tooLate = async () => {
    await sleep(ANSWER_WITHIN_MS, undefined, { signal: patience.signal });
    // Where this process itself was busy for so long, the answer lies at the door: it is looked for before it counts as late.
    await nextTurn();
    await nextTurn();
    return false;
  };
  try {
    return await Promise.race([Promise.resolve(answer).then(() => true), tooLate()]);
  } catch {
    return false;
  } finally {
    patience.abort();
  }
}

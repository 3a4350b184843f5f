import { setTimeout as sleep } from 'node:timers/promises';
import type { Refusal } from '../../domain/refusal.ts';
import { isTransient, toCallerError, unavailable } from './failure.ts';
import type { Outage } from './postgres/outage.ts';

const PAUSES_MS = [20, 80, 250, 500];

/** How long is waited, and what is said then. */
export interface Deadline {
  ms: number;
  refuse: () => Refusal;
}

/**
 * Runs `work`, again after transient failures. Settles by the deadline, and at once when the database is away, whatever the
 * driver does: then with UNAVAILABLE. What was begun may still be committed; nothing is begun anew.
 */
export async function attempt<T>(
  work: () => PromiseLike<T>,
  { ms, refuse }: Deadline,
  outage?: Outage,
): Promise<T> {
  if (outage?.isAway === true) throw unavailable();
  const givenUp = new AbortController();
  const stopListening = outage?.onAway(() => givenUp.abort(unavailable()));
  const deadline = setTimeout(() => givenUp.abort(refuse()), ms);
  try {
    return await unlessGivenUp(repeat(work, givenUp.signal), givenUp.signal);
  } catch (failure) {
    throw toCallerError(failure);
  } finally {
    clearTimeout(deadline);
    stopListening?.();
  }
}

async function repeat<T>(work: () => PromiseLike<T>, givenUp: AbortSignal): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work();
    } catch (failure) {
      if (!isTransient(failure)) throw failure;
      await sleep(pauseMs * (0.5 + Math.random()));
      if (givenUp.aborted) throw failure;
    }
  }
  return work();
}

function unlessGivenUp<T>(promise: Promise<T>, givenUp: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    givenUp.addEventListener('abort', () => reject(givenUp.reason));
    promise.then(resolve, reject);
  });
}

/** Rejects with UNAVAILABLE if `promise` has not settled after `ms`; the promise itself goes on unheard. */
export async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable()), ms);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

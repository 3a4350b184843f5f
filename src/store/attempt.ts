import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, toCallerError, unavailable } from './failure.ts';
import type { Outage } from './outage.ts';

const PAUSES_MS = [20, 80, 250, 500];

/**
 * Runs `work`, again after transient failures. Settles within `deadlineMs`, and at once when the database is away, whatever the
 * driver does: then with UNAVAILABLE. What was begun may still be committed; nothing is begun anew.
 */
export async function attempt<T>(
  work: () => PromiseLike<T>,
  deadlineMs: number,
  outage?: Outage,
): Promise<T> {
  if (outage?.isAway === true) throw unavailable();
  const givenUp = new AbortController();
  const stopListening = outage?.onAway(() => givenUp.abort());
  const deadline = setTimeout(() => givenUp.abort(), deadlineMs);
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
    givenUp.addEventListener('abort', () => reject(unavailable()));
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

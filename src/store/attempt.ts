import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, toCallerError, unavailable } from './failure.ts';

const PAUSES_MS = [20, 80, 250, 500];

/** Runs `work`, again after transient failures, and settles within `deadlineMs` whatever the driver does. */
export async function attempt<T>(work: () => PromiseLike<T>, deadlineMs: number): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  return withDeadline(repeat(work, endsAt), deadlineMs).catch((failure: unknown) => {
    throw toCallerError(failure);
  });
}

async function repeat<T>(work: () => PromiseLike<T>, endsAt: number): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work();
    } catch (failure) {
      if (!isTransient(failure) || performance.now() + pauseMs > endsAt) throw failure;
      await sleep(pauseMs * (0.5 + Math.random()));
    }
  }
  return work();
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

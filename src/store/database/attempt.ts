import { setTimeout as sleep } from 'node:timers/promises';
import type { Refusal } from '../../domain/refusal.ts';
import { isReadOnlyFailure, isTransient, readOnly, toCallerError, unavailable } from './failure.ts';
import type { Outage } from './postgres/outage.ts';

const PAUSES_MS = [20, 80, 250, 500];

/** How long work may take, and the refusal after that. */
export interface Deadline {
  ms: number;
  refuse: () => Refusal;
}

/** What work does with the database. A database that is read-only refuses writes alone. */
export type WorkKind = 'read' | 'write';

/**
 * Runs `work`, and runs it again after transient failures. Settles by the deadline; settles at once with UNAVAILABLE when
 * the database goes away, and before it begins a write when the database is read-only. Work that was begun may still be
 * committed after that; it is not begun again.
 */
export async function attempt<T>(
  work: () => PromiseLike<T>,
  { ms, refuse }: Deadline,
  outage?: Outage,
  kind: WorkKind = 'read',
): Promise<T> {
  throwIfRefused(outage, kind);
  const givenUp = new AbortController();
  const stopListening = outage?.onAway(() => givenUp.abort(unavailable()));
  const deadline = setTimeout(() => givenUp.abort(refuse()), ms);
  const tryOnce = async () => {
    const generation = outage?.generation ?? 0;
    try {
      return await work();
    } catch (failure) {
      if (isReadOnlyFailure(failure)) outage?.reportReadOnly(generation);
      throw failure;
    }
  };
  try {
    const throwIfOver = () => {
      givenUp.signal.throwIfAborted();
      throwIfRefused(outage, kind);
    };
    return await unlessGivenUp(repeat(tryOnce, throwIfOver), givenUp.signal);
  } catch (failure) {
    throw toCallerError(failure);
  } finally {
    clearTimeout(deadline);
    stopListening?.();
  }
}

function throwIfRefused(outage: Outage | undefined, kind: WorkKind): void {
  if (outage?.state === 'away') throw unavailable();
  if (outage?.state === 'read-only' && kind === 'write') throw readOnly();
}

async function repeat<T>(work: () => Promise<T>, throwIfOver: () => void): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work();
    } catch (failure) {
      if (!isTransient(failure)) throw failure;
      await sleep(pauseMs * (0.5 + Math.random()));
      throwIfOver();
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

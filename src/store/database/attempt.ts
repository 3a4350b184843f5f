import { setTimeout as sleep } from 'node:timers/promises';
import type { Refusal } from '../../domain/refusal.ts';
import { isReadOnlyFailure, isTransient, readOnly, toCallerError, unavailable } from './failure.ts';
import type { Outage } from './postgres/outage.ts';

const PAUSES_MS = [20, 80, 250, 500];

/** The most time that work may take, and the refusal after that. */
export interface Deadline {
  ms: number;
  refuse: () => Refusal;
}

/** A read-only database refuses writes only. */
export type WorkKind = 'read' | 'write';

/**
 * Runs `work`, and retries it after transient failures. Settles by the deadline. Rejects with
 * UNAVAILABLE at once when the database goes away, and before a write while it is read-only.
 * Work that was started may still be committed after that, but is not retried.
 */
export async function attempt<T>(
  work: () => PromiseLike<T>,
  { ms, refuse }: Deadline,
  outage?: Outage,
  kind: WorkKind = 'read',
): Promise<T> {
  throwIfRefused(outage, kind);
  const tryOnce = async () => {
    const generation = outage?.generation ?? 0;
    try {
      return await work();
    } catch (failure) {
      if (isReadOnlyFailure(failure)) outage?.reportReadOnly(generation);
      throw failure;
    }
  };
  let cancelled: Refusal | undefined;
  const throwIfCancelled = () => {
    if (cancelled !== undefined) throw cancelled;
    throwIfRefused(outage, kind);
  };
  let removeListener: (() => void) | undefined;
  let deadline: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const cancel = (refusal: Refusal) => {
        cancelled ??= refusal;
        reject(refusal);
      };
      removeListener = outage?.onAway(() => cancel(unavailable()));
      deadline = setTimeout(() => cancel(refuse()), ms);
      repeat(tryOnce, throwIfCancelled).then(resolve, reject);
    });
  } catch (failure) {
    throw toCallerError(failure);
  } finally {
    clearTimeout(deadline);
    removeListener?.();
  }
}

function throwIfRefused(outage: Outage | undefined, kind: WorkKind): void {
  if (outage?.state === 'away') throw unavailable();
  if (outage?.state === 'read-only' && kind === 'write') throw readOnly();
}

async function repeat<T>(work: () => Promise<T>, throwIfCancelled: () => void): Promise<T> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await work();
    } catch (failure) {
      if (!isTransient(failure)) throw failure;
      await sleep(pauseMs * (0.5 + Math.random()));
      throwIfCancelled();
    }
  }
  return work();
}

/** Rejects with UNAVAILABLE if `promise` has not settled after `ms`. The work continues. */
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

import type { ExecutionResult } from 'graphql';
import { toGraphqlError } from '../../graphql/refusal-error.ts';
import { onExpiry } from '../identity/on-expiry.ts';
import { unauthenticated } from '../identity/token-verifier.ts';

/**
 * The results of a subscription until the token expires. The last one then holds
 * UNAUTHENTICATED. `return()` of the results must settle a pending `next()`, or the stream would
 * not end when the token expires.
 */
export class ExpiringResults implements AsyncIterator<ExecutionResult, undefined> {
  readonly #results: AsyncIterator<ExecutionResult>;
  readonly #cancelExpiry: () => void;
  #state: 'valid' | 'expired' | 'ended' = 'valid';

  constructor(results: AsyncIterator<ExecutionResult>, expiresAt: number | undefined) {
    this.#results = results;
    this.#cancelExpiry = onExpiry(expiresAt, () => {
      if (this.#state === 'valid') this.#state = 'expired';
      void results.return?.();
    });
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#state === 'valid') {
      const next = await this.#results.next();
      if (next.done !== true) return next;
    }
    const hasExpired = this.#state === 'expired';
    this.#end();
    if (!hasExpired) return { done: true, value: undefined };
    return { done: false, value: { errors: [toGraphqlError(unauthenticated())] } };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#end();
    await this.#results.return?.();
    return { done: true, value: undefined };
  }

  #end(): void {
    this.#state = 'ended';
    this.#cancelExpiry();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';

/** Pause before an event is resolved again while the database is away. */
const RETRY_MS = 250;

/**
 * Keeps subscriptions whole while the database is away. An event whose run or app could not be read would go out as errors
 * without its cursor, and never again: instead it is resolved anew until the database is back (contract, "Live"). And a stream that
 * cannot go on (CURSOR_EXPIRED) says so in a last result: thrown, it would be a connection cut without a word over SSE.
 */
export function useSteadySubscriptions(): Plugin {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(subscribe);
    },
  };
}

async function subscribe(args: ExecutionArgs): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in source)) return source;
  return new Deliveries(source[Symbol.asyncIterator](), args);
}

/** The results for the events of a stream, one by one. `return()` settles a pending `next()`, as that of its source does. */
class Deliveries implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #source: AsyncIterator<unknown>;
  readonly #args: ExecutionArgs;
  readonly #left = new AbortController();

  constructor(source: AsyncIterator<unknown>, args: ExecutionArgs) {
    this.#source = source;
    this.#args = args;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const { signal } = this.#left;
    const event = await this.#source.next().catch(toRefusal);
    if (event instanceof Refusal) {
      await this.return();
      return { done: false, value: { errors: [new GraphQLError(event.message, { originalError: event })] } };
    }
    while (event.done !== true && !signal.aborted) {
      const value = await execute({ ...this.#args, rootValue: event.value });
      if (!isUnavailable(value)) return { done: false, value };
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#left.abort();
    await this.#source.return?.();
    return { done: true, value: undefined };
  }
}

/** The refusal with which a stream ended; what else it failed with is thrown on. */
function toRefusal(failure: unknown): Refusal {
  if (failure instanceof Refusal) return failure;
  throw failure;
}

function isUnavailable({ errors = [] }: ExecutionResult): boolean {
  return errors.some(
    ({ originalError }) => originalError instanceof Refusal && originalError.code === 'UNAVAILABLE',
  );
}

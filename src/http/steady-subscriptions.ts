import { setTimeout as sleep } from 'node:timers/promises';
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { toLogCursor } from '../domain/log-cursor.ts';
import { Refusal } from '../domain/refusal.ts';
import type { GraphContext } from '../graphql/context.ts';
import type { EventDelivery } from '../graphql/delivery.ts';
import type { Seats } from './live-limits.ts';
import { toResultKey } from './result-key.ts';

/** Pause before an event is resolved again while the database is away. */
const RETRY_MS = 250;

/**
 * Keeps subscriptions whole while the database is away. An event whose run or app could not be read would go out as errors
 * without its cursor, and never again: instead it is resolved anew until the database is back (contract, "Live"). And a stream that
 * cannot go on (CURSOR_EXPIRED) says so in a last result: thrown, it would be a connection cut without a word over SSE. Subscribers
 * that make the same of an event share the result: it is executed once.
 */
export function useSteadySubscriptions(seats: Seats): Plugin {
  const subscribe = async (
    args: ExecutionArgs,
  ): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> => {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const tenantId = await (args.contextValue as GraphContext).caller.actingTenant();
    const takeSeat = () => seats.take(tenantId);
    return new Deliveries((source as AsyncIterable<EventDelivery>)[Symbol.asyncIterator](), args, takeSeat);
  };
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(subscribe);
    },
  };
}

/** The results for the events of a stream, one by one. `return()` settles a pending `next()`, as that of its source does. */
class Deliveries implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #source: AsyncIterator<EventDelivery>;
  readonly #args: ExecutionArgs;
  readonly #key: string;
  readonly #takeSeat: () => (() => void) | undefined;
  /** Taken with the first pull, so that a stream which nobody ever pulls takes none. */
  #leaveSeat: (() => void) | undefined;
  #hasLeft = false;

  constructor(
    source: AsyncIterator<EventDelivery>,
    args: ExecutionArgs,
    takeSeat: () => (() => void) | undefined,
  ) {
    this.#source = source;
    this.#args = args;
    this.#takeSeat = takeSeat;
    this.#key = toResultKey(args);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#hasLeft) return { done: true, value: undefined };
    this.#leaveSeat ??= this.#takeSeat();
    if (this.#leaveSeat === undefined) {
      await this.return();
      return { done: false, value: { errors: [tooManySubscriptions()] } };
    }
    try {
      return await this.#findNext();
    } catch (failure) {
      // It is over: who iterates it says so only where it ends otherwise.
      await this.return();
      throw failure;
    }
  }

  async #findNext(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const event = await this.#source.next().catch(toRefusal);
    if (event instanceof Refusal) {
      await this.return();
      return { done: false, value: { errors: [new GraphQLError(event.message, { originalError: event })] } };
    }
    while (event.done !== true && !this.#hasLeft) {
      const value = await executeOnce(this.#args, event.value, this.#key);
      if (!isUnavailable(value)) return { done: false, value };
      await sleep(RETRY_MS, undefined, { ref: false });
    }
    return this.return();
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#hasLeft = true;
    this.#leaveSeat?.();
    await this.#source.return?.();
    return { done: true, value: undefined };
  }
}

function tooManySubscriptions(): GraphQLError {
  return new GraphQLError('The tenant has too many subscriptions on this server.', {
    extensions: { code: 'RATE_LIMITED', tooManySubscriptions: true },
  });
}

type Result = ExecutionResult | Promise<ExecutionResult>;

/** What was made of each event, by the key of what makes it; gone with the event. */
const results = new WeakMap<object, Map<string, Result>>();

/** Where a result has the log cursor behind its event: no part of its text, but of a copy with masked errors. */
const CURSOR = Symbol('log cursor');

/** The cursor that continues behind what a result tells of; undefined for one that is about no event. */
export function cursorOfResult(result: ExecutionResult & { [CURSOR]?: string }): string | undefined {
  return result[CURSOR];
}

/** Executes an operation for an event, unless somebody has done just that. */
function executeOnce(args: ExecutionArgs, event: EventDelivery, key: string): Result {
  const made = results.get(event) ?? new Map<string, Result>();
  results.set(event, made);
  const known = made.get(key);
  if (known !== undefined) return known;
  const result = execute({ ...args, rootValue: event }) as Result;
  made.set(key, result);
  const settle = (settled: ExecutionResult) => {
    // What could not be read is tried anew by whoever comes next; what was read needs no promise any longer.
    if (isUnavailable(settled)) made.delete(key);
    else made.set(key, settled);
    Object.assign(settled, { [CURSOR]: toLogCursor(event.event.position) });
  };
  if (result instanceof Promise) result.then(settle, () => made.delete(key));
  else settle(result);
  return result;
}

/** The refusal with which a stream ended; what else it failed with is thrown on. */
function toRefusal(failure: unknown): Refusal {
  if (failure instanceof Refusal) return failure;
  throw failure;
}

function isUnavailable({ errors }: ExecutionResult): boolean {
  return (
    errors?.some(
      ({ originalError }) => originalError instanceof Refusal && originalError.code === 'UNAVAILABLE',
    ) ?? false
  );
}

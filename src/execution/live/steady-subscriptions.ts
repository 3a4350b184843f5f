import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../../domain/refusal.ts';
import type { LogStream } from '../../feed/log-stream.ts';
import type { GraphContext } from '../../graphql/context.ts';
import type { EventDelivery } from '../../graphql/live/delivery.ts';
import { LiveGroups, type Push } from './broadcast-groups.ts';
import { type Execution, executeEvent } from './execute-event.ts';
import type { SubscriptionSlots } from './live-limits.ts';
import { toGroupKey, toResultKey } from './result-key.ts';

/** The arguments of a subscription whose client can be given results without being asked. */
export type PushedArgs = ExecutionArgs & { push?: Push };

export interface SubscriptionParts {
  seats: SubscriptionSlots;
  /** What a client sees of an error. */
  toClientError: (error: unknown) => GraphQLError;
}

/**
 * Keeps subscriptions whole while the database is away, and cheap while many want the same. A stream that cannot go on (CURSOR_EXPIRED)
 * says so in a last result: thrown, it would be a connection cut without a word over SSE.
 */
export function useSteadySubscriptions({ seats, toClientError }: SubscriptionParts): Plugin {
  const groups = new LiveGroups();
  const subscribe = async (args: PushedArgs): Promise<AsyncIterable<ExecutionResult> | ExecutionResult> => {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const tenantId = await (args.contextValue as GraphContext).caller.actingTenant();
    const stream = source as LogStream<EventDelivery>;
    const execution = { args, key: toResultKey(args), toClientError };
    const deliveries = new Deliveries(stream, execution, () => seats.take(tenantId));
    if (args.push !== undefined) deliveries.joinGroups(groups, toGroupKey(args, tenantId), args.push);
    return deliveries;
  };
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(subscribe);
    },
  };
}

/** The results for the events of a stream, one by one. `return()` settles a pending `next()`, as that of its source does. */
class Deliveries implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #source: LogStream<EventDelivery>;
  readonly #execution: Execution;
  readonly #takeSeat: () => (() => void) | undefined;
  /** Taken with the first pull, so that a stream which nobody ever pulls takes none. */
  #leaveSeat: (() => void) | undefined;
  #leaveGroup: (() => void) | undefined;
  #hasLeft = false;

  constructor(
    source: LogStream<EventDelivery>,
    execution: Execution,
    takeSeat: () => (() => void) | undefined,
  ) {
    this.#source = source;
    this.#execution = execution;
    this.#takeSeat = takeSeat;
  }

  /** Whenever it has nothing more to deliver, it joins the others with the same key: what comes next is pushed to them all. */
  joinGroups(groups: LiveGroups, key: string, push: Push): void {
    const member = {
      push,
      resume: (after: number) => {
        this.#leaveGroup = undefined;
        this.#source.resume(after);
      },
    };
    this.#source.onIdle = (after) => {
      if (!push.isReady) return false;
      this.#leaveGroup = groups.join(key, member, after, this.#source, this.#execution);
      return this.#leaveGroup !== undefined;
    };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#hasLeft) return { done: true, value: undefined };
    this.#leaveSeat ??= this.#takeSeat();
    if (this.#leaveSeat === undefined) return this.#endWith(tooManySubscriptions());
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
    if (event instanceof Refusal)
      return this.#endWith(new GraphQLError(event.message, { originalError: event }));
    if (event.done === true) return this.return();
    const value = await executeEvent(this.#execution, event.value, () => !this.#hasLeft);
    return value === undefined ? this.return() : { done: false, value };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#hasLeft = true;
    this.#leaveSeat?.();
    this.#leaveGroup?.();
    await this.#source.return();
    return { done: true, value: undefined };
  }

  /** A last result, which says why it is the last. */
  async #endWith(error: GraphQLError): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.return();
    return { done: false, value: { errors: [error] } };
  }
}

/** The refusal with which a stream ended; what else it failed with is thrown on. */
function toRefusal(failure: unknown): Refusal {
  if (failure instanceof Refusal) return failure;
  throw failure;
}

function tooManySubscriptions(): GraphQLError {
  return new GraphQLError('The tenant has too many subscriptions on this server.', {
    extensions: { code: 'RATE_LIMITED', tooManySubscriptions: true },
  });
}

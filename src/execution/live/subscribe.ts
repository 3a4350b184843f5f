import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { Refusal } from '../../domain/refusal.ts';
import { LogStream } from '../../feed/log-stream.ts';
import type { GraphContext } from '../../graphql/context.ts';
import type { EventDelivery } from '../../graphql/live/delivery.ts';
import { toGraphqlError } from '../../graphql/refusal-error.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import type { LogPlace } from '../../store/read/log-cursor.ts';
import { addCost, type CostMeter } from '../cost.ts';
import type { OperationResult } from '../operation-stages.ts';
import type { ToShownError } from '../shown-errors.ts';
import { BroadcastGroups, type OnDelivery, type PushTarget } from './broadcast-groups.ts';
import { type Execution, executeEvent } from './execute-event.ts';
import { toGroupKey, toResultKey } from './result-key.ts';
import type { SubscriptionSlots } from './subscription-slots.ts';

/*
 * The live path above the feed: from an entry of the log to the bytes that a subscriber
 * receives.
 *
 * A subscription runs through five modules:
 *   graphql/live/subscriptions.ts   checks the caller and the cursor, compiles the filter,
 *                                   opens a stream of the feed
 *   feed/log-stream.ts              reads entries after the cursor and picks the matching
 *                                   ones
 *   graphql/live/shared-states.ts   reads the row of each entry and matches the filters
 *                                   against it
 *   execution/live/subscribe.ts     executes the operation for each picked event (this module)
 *   http/websocket, http/sse        send the results as fast as the client takes them
 *
 * Work that several subscribers need is shared at four levels. Missing a level costs
 * performance, never correctness.
 *   1. Pages: streams near the head of a log read its newest entries from one window in memory
 *      (feed/log-pages.ts).
 *   2. Rows and filters: all rows and filters that are asked for in one turn of the event loop
 *      are one statement (graphql/live/shared-states.ts).
 *   3. Results: subscribers with the same selection, variables in it and scopes share the result
 *      of an event and its JSON text (execute-event.ts, result-key.ts, result-text.ts).
 *   4. Streams: WebSocket subscribers at the head with the same operation, filter and scopes
 *      share one stream (broadcast-groups.ts). Their own streams are parked. A subscriber that is
 *      not ready for a result leaves the group; its own stream resumes at its position.
 *
 * The states of one subscription:
 *   opened     the client has not pulled; no slot is taken
 *   pulling    its own stream reads, executes and delivers at the client's pace
 *   grouped    its own stream is parked; the group pushes results to the socket
 *   ended      by the client, by the server, or with a last result that holds an error
 *
 * Guarantees: each matching event is delivered once, in log order, with the state of its row
 * at delivery. A database outage delays results and ends no subscription. A stream that cannot
 * continue (CURSOR_EXPIRED, BAD_CURSOR) ends with a result that holds the error, because an
 * exception would close an SSE connection without a reason.
 */

/** The arguments of a subscription; `push` is set if results can be pushed to the client. */
export type SubscribeArgs = ExecutionArgs & { push?: PushTarget };

export interface SubscriptionParts {
  tenantSlots: SubscriptionSlots;
  callerSlots: SubscriptionSlots;
  /** Measures the cost that every result states. */
  measureCost: CostMeter;
  /** Converts an error to what a client may see. */
  toClientError: ToShownError;
  metrics: ServiceMetrics | undefined;
  onDelivery: OnDelivery | undefined;
}

/** Returns what starts subscriptions instead of graphql-js: the live path described above. */
export function createSubscribe(parts: SubscriptionParts) {
  const { tenantSlots, callerSlots, measureCost, toClientError, metrics, onDelivery } = parts;
  const groups = new BroadcastGroups(onDelivery);
  return async (args: SubscribeArgs): Promise<OperationResult> => {
    const { extensions } = measureCost(args);
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const { caller, callerKey, ids } = args.contextValue as GraphContext;
    const tenantId = await caller.actingTenant();
    const transport = args.push === undefined ? 'sse' : 'ws';
    const takeSlot = () => {
      const release = takeBoth(tenantSlots.take(tenantId), () => callerSlots.take(callerKey));
      return takeBoth(release, () => metrics?.startSubscription(transport) ?? (() => undefined));
    };
    const execution = {
      ...{ args, key: toResultKey(args), extensions },
      toClientError: (error: unknown) => toClientError(error, ids),
    };
    const results = new ResultStream(requireLogStream(source), execution, takeSlot, onDelivery);
    if (args.push !== undefined) results.joinGroups(groups, toGroupKey(args, tenantId), args.push);
    return results;
  };
}

/** Takes a second slot beside the first. Returns what releases both, or undefined without one. */
function takeBoth(
  releaseFirst: (() => void) | undefined,
  takeSecond: () => (() => void) | undefined,
): (() => void) | undefined {
  const releaseSecond = releaseFirst && takeSecond();
  if (releaseSecond === undefined) return void releaseFirst?.();
  return () => {
    releaseFirst?.();
    releaseSecond();
  };
}

/** Returns the stream of a subscription field, which graphql-js passes through unchanged. */
function requireLogStream(source: AsyncIterable<unknown>): LogStream<EventDelivery> {
  if (source instanceof LogStream) return source;
  throw new Error('A subscription field returned something other than a stream of the feed.');
}

/** The results for the events of a stream. `return()` settles a pending `next()`. */
class ResultStream implements AsyncIterableIterator<ExecutionResult, undefined> {
  readonly #source: LogStream<EventDelivery>;
  readonly #execution: Execution;
  readonly #takeSlot: () => (() => void) | undefined;
  /** Set with the first pull, so that a stream which is never pulled takes no slot. */
  #releaseSlot: (() => void) | undefined;
  #leaveGroup: (() => void) | undefined;
  readonly #onDelivery: OnDelivery | undefined;
  readonly #since = Date.now();
  #hasEnded = false;

  constructor(
    source: LogStream<EventDelivery>,
    execution: Execution,
    takeSlot: () => (() => void) | undefined,
    onDelivery: OnDelivery | undefined,
  ) {
    this.#source = source;
    this.#execution = execution;
    this.#takeSlot = takeSlot;
    this.#onDelivery = onDelivery;
  }

  /** Joins the group of the key whenever the stream is at the head and the client is ready. */
  joinGroups(groups: BroadcastGroups, key: string, push: PushTarget): void {
    const member = {
      push,
      resume: (after: LogPlace, failure?: Refusal) => {
        this.#leaveGroup = undefined;
        this.#source.resume(after, failure);
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
    if (this.#hasEnded) return { done: true, value: undefined };
    this.#releaseSlot ??= this.#takeSlot();
    if (this.#releaseSlot === undefined) return this.#endWith(tooManySubscriptions());
    try {
      return await this.#findNext();
    } catch (failure) {
      // `for await` calls `return()` only when its own body ends the loop.
      await this.return();
      throw failure;
    }
  }

  async #findNext(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const event = await this.#source.next().catch(toRefusal);
    if (event instanceof Refusal)
      return this.#endWith(new GraphQLError(event.message, { originalError: event }));
    if (event.done === true) return this.return();
    const value = await executeEvent(this.#execution, event.value, () => !this.#hasEnded);
    if (value === undefined || this.#hasEnded) return this.return();
    const { field } = this.#source;
    // The transport hands the result to the socket in this turn of the event loop.
    this.#onDelivery?.({ field, event: event.value.event, since: this.#since, count: 1 });
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    this.#hasEnded = true;
    this.#releaseSlot?.();
    this.#leaveGroup?.();
    await this.#source.return();
    return { done: true, value: undefined };
  }

  /** Ends the stream with a last result that holds the error. */
  async #endWith(error: GraphQLError): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.return();
    return { done: false, value: addCost({ errors: [error] }, this.#execution.extensions) };
  }
}

/** Returns the refusal that ended a stream; rethrows every other failure. */
function toRefusal(failure: unknown): Refusal {
  if (failure instanceof Refusal) return failure;
  throw failure;
}

function tooManySubscriptions(): GraphQLError {
  const message = 'The tenant or the caller has too many subscriptions on this server.';
  return toGraphqlError(new Refusal('RATE_LIMITED', message, { tooManySubscriptions: true }));
}

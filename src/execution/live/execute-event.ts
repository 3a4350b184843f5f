import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLError } from 'graphql';
import { isTemporary } from '../../domain/refusal.ts';
import type { EventDelivery } from '../../graphql/live/delivery.ts';
import type { LogEntry } from '../../store/read/log.ts';
import { addCost, type CostExtensions } from '../cost.ts';

/** The pause between retries while the database is away. */
const RETRY_MS = 250;

type Result = ExecutionResult | Promise<ExecutionResult>;

/** The results of each delivery, by result key. They are freed with the delivery. */
const results = new WeakMap<object, Map<string, Result>>();

/** The key of a result's event. JSON.stringify skips symbols; copies of a result keep them. */
const EVENT = Symbol('event');

type EventPlace = Pick<LogEntry, 'tenantId' | 'position' | 'logChecksum' | 'eventKey'>;

/** Returns the event of a result; undefined for a result without an event. */
export function eventOfResult(result: ExecutionResult & { [EVENT]?: EventPlace }): EventPlace | undefined {
  return result[EVENT];
}

export interface Execution {
  args: ExecutionArgs;
  /** The result key: see `toResultKey`. Operations with one key have one cost. */
  key: string;
  /** The cost that every result states. */
  extensions: CostExtensions;
  /** Converts an error to what a client may see. */
  toClientError: (error: unknown) => GraphQLError;
}

/**
 * Executes an operation for an event, or returns the result of an equal operation. While the
 * database is away the event is retried, because a result with errors instead of the row would
 * lose the event. Returns undefined once `isWanted` returns false.
 */
export async function executeEvent(
  execution: Execution,
  event: EventDelivery,
  isWanted: () => boolean,
): Promise<ExecutionResult | undefined> {
  while (isWanted()) {
    const result = await executeOnce(execution, event);
    if (!isIncomplete(result)) return result;
    await sleep(RETRY_MS, undefined, { ref: false });
  }
  return undefined;
}

function executeOnce({ args, key, extensions, toClientError }: Execution, event: EventDelivery): Result {
  const ofEvent = results.get(event) ?? new Map<string, Result>();
  results.set(event, ofEvent);
  const cached = ofEvent.get(key);
  if (cached !== undefined) return cached;
  const settle = (raw: ExecutionResult): ExecutionResult => {
    // An incomplete result is not shared, so the next caller executes again.
    if (isIncomplete(raw)) {
      ofEvent.delete(key);
      return raw;
    }
    const { errors } = raw;
    const shown =
      errors === undefined ? raw : { ...raw, errors: errors.map((error) => toClientError(error)) };
    const result = addCost(shown, extensions);
    ofEvent.set(key, result);
    return Object.assign(result, { [EVENT]: event.event });
  };
  const raw = execute({ ...args, rootValue: event });
  if (!(raw instanceof Promise)) return settle(raw as ExecutionResult);
  const result = raw.then(settle);
  ofEvent.set(key, result);
  result.catch(() => ofEvent.delete(key));
  return result;
}

/** Returns whether a field of the result is missing because the database is away. */
function isIncomplete({ errors }: ExecutionResult): boolean {
  return errors?.some(({ originalError }) => isTemporary(originalError)) ?? false;
}

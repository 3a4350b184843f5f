import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLError } from 'graphql';
import { isTemporary } from '../../domain/refusal.ts';
import type { EventDelivery } from '../../graphql/live/delivery.ts';
import type { LogEntry } from '../../store/read/log.ts';

/** Pause before an event is executed again while the database is away. */
const RETRY_MS = 250;

type Result = ExecutionResult | Promise<ExecutionResult>;

/** The results of each delivery, by result key. They are freed with the delivery. */
const results = new WeakMap<object, Map<string, Result>>();

/** The key under which a result holds its event. JSON.stringify skips symbols; copies of the result keep them. */
const EVENT = Symbol('event');

/** The place of an event in the logs. */
type EventPlace = Pick<LogEntry, 'tenantId' | 'position'>;

/** The event that a result belongs to; undefined for a result that belongs to no event. */
export function eventOfResult(result: ExecutionResult & { [EVENT]?: EventPlace }): EventPlace | undefined {
  return result[EVENT];
}

/** How the results of one operation are made. */
export interface Execution {
  args: ExecutionArgs;
  /** Names what the operation makes of an event: see `toResultKey`. */
  key: string;
  /** Converts an error to what a client may see. */
  toClientError: (error: unknown) => GraphQLError;
}

/**
 * Executes an operation for an event, or returns the result that an equal operation has already made of it. While the
 * database is away the event is executed again: a result with errors instead of the row would lose the event (contract,
 * "Live"). Returns undefined once `isWanted` returns false.
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

function executeOnce({ args, key, toClientError }: Execution, event: EventDelivery): Result {
  const ofEvent = results.get(event) ?? new Map<string, Result>();
  results.set(event, ofEvent);
  const known = ofEvent.get(key);
  if (known !== undefined) return known;
  const settle = (raw: ExecutionResult): ExecutionResult => {
    // An incomplete result is not shared, so the next caller executes again.
    if (isIncomplete(raw)) {
      ofEvent.delete(key);
      return raw;
    }
    const result = raw.errors === undefined ? raw : { ...raw, errors: raw.errors.map(toClientError) };
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

/** Tells whether a field of the result could not be read because the database is away. */
function isIncomplete({ errors }: ExecutionResult): boolean {
  return errors?.some(({ originalError }) => isTemporary(originalError)) ?? false;
}

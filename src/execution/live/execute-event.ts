import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLError } from 'graphql';
import { isUnavailable } from '../../domain/refusal.ts';
import type { EventDelivery } from '../../graphql/live/delivery.ts';
import type { LogEntry } from '../../store/read/log.ts';

/** Pause before an event is resolved again while the database is away. */
const RETRY_MS = 250;

type Result = ExecutionResult | Promise<ExecutionResult>;

/** What was made of each event, by the key of what makes it; gone with the event. */
const results = new WeakMap<object, Map<string, Result>>();

/** Where a result has the place of its event: it is in no text of the result, but in a copy that somebody makes with other errors. */
const EVENT = Symbol('event');

/** Where an event is. */
type EventPlace = Pick<LogEntry, 'tenantId' | 'position'>;

/** The event that a result tells of; undefined for one that is about no event. */
export function eventOfResult(result: ExecutionResult & { [EVENT]?: EventPlace }): EventPlace | undefined {
  return result[EVENT];
}

/** How an operation's results are made. */
export interface Execution {
  args: ExecutionArgs;
  /** Names what it makes of an event: see `toResultKey`. */
  key: string;
  /** What a client sees of an error. */
  toClientError: (error: unknown) => GraphQLError;
}

/**
 * Executes an operation for an event, unless somebody has done just that. An event whose run or app could not be read would go out as
 * errors without its cursor, and never again: instead it is resolved anew until the database is back (contract, "Live"), or until nobody
 * wants it any longer: then it is undefined.
 */
export async function executeEvent(
  execution: Execution,
  event: EventDelivery,
  isWanted: () => boolean,
): Promise<ExecutionResult | undefined> {
  while (isWanted()) {
    const result = await executeOnce(execution, event);
    if (!hasMissed(result)) return result;
    await sleep(RETRY_MS, undefined, { ref: false });
  }
  return undefined;
}

function executeOnce({ args, key, toClientError }: Execution, event: EventDelivery): Result {
  const made = results.get(event) ?? new Map<string, Result>();
  results.set(event, made);
  const known = made.get(key);
  if (known !== undefined) return known;
  const settle = (raw: ExecutionResult): ExecutionResult => {
    // What could not be read is tried anew by whoever comes next.
    if (hasMissed(raw)) {
      made.delete(key);
      return raw;
    }
    const result = raw.errors === undefined ? raw : { ...raw, errors: raw.errors.map(toClientError) };
    made.set(key, result);
    return Object.assign(result, { [EVENT]: event.event });
  };
  const raw = execute({ ...args, rootValue: event });
  const result = raw instanceof Promise ? raw.then(settle) : settle(raw as ExecutionResult);
  if (result instanceof Promise) {
    made.set(key, result);
    result.catch(() => made.delete(key));
  }
  return result;
}

/** Tells whether something of a result could not be read, because the database is away. */
function hasMissed({ errors }: ExecutionResult): boolean {
  return errors?.some(({ originalError }) => isUnavailable(originalError)) ?? false;
}

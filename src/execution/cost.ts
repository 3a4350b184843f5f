import { type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { type Measures, measureOperation } from './measure-operation.ts';
import { isStream, type Stage, whenDone } from './operation-stages.ts';

/** The most rows of an operation. */
const MAX_ROWS = 100_000;
/** The most levels of selections, without introspection. */
const MAX_LEVELS = 12;
/**
 * The most fields. A fragment counts as often as it is spread, because a few nested fragments
 * can expand to millions of fields.
 */
const MAX_FIELDS = 10_000;
/** The most fields at the root. Each uses statements and connections in parallel. */
const MAX_ROOTS = 15;
/** The most lists and statistics. Each is at least one statement for all its parents. */
const MAX_LISTS = 50;
const NOTHING: Measures = { rows: 0, fields: 0, roots: 0, lists: 0, levels: 0 };

/** How much of the limit an operation costs: `extensions.cost` of its answers. */
export interface OperationCost {
  /** The most rows that the operation may read or store. */
  cost: number;
  limit: number;
}

/** The extensions of an answer. */
export interface CostExtensions extends Record<string, unknown> {
  cost: OperationCost;
}

/** Adds the cost to a result in place, so it must not be shared yet. Other extensions stay. */
export function addCost(result: ExecutionResult, cost: CostExtensions): ExecutionResult {
  result.extensions = result.extensions === undefined ? cost : { ...result.extensions, ...cost };
  return result;
}

export type CostMeter = ReturnType<typeof createCostMeter>;

/** Returns a function that measures an operation. `maxBatch` is the most items of a mutation. */
export function createCostMeter(maxBatch: number) {
  return ({ schema, document, operationName, variableValues }: ExecutionArgs) => {
    const operation = getOperationAST(document, operationName);
    const measures = operation
      ? measureOperation(schema, document, operation, variableValues ?? {}, maxBatch)
      : NOTHING;
    return { excess: findExcess(measures), extensions: { cost: { cost: measures.rows, limit: MAX_ROWS } } };
  };
}

/**
 * Returns the reason to refuse an operation before anything is read, or undefined. Page sizes
 * multiply with each level, so a hundred characters can request millions of rows.
 */
function findExcess({ rows, fields, roots, lists, levels }: Measures): string | undefined {
  if (levels > MAX_LEVELS) return `is deeper than ${MAX_LEVELS} levels`;
  if (rows > MAX_ROWS) return `requests up to ${rows} rows, more than ${MAX_ROWS}; request smaller pages`;
  if (fields > MAX_FIELDS) return `has ${fields} fields, more than ${MAX_FIELDS}`;
  if (lists > MAX_LISTS) return `has ${lists} lists and statistics, more than ${MAX_LISTS}`;
  if (roots > MAX_ROOTS) return `has ${roots} fields at its root, more than ${MAX_ROOTS}`;
  return undefined;
}

/**
 * Refuses operations that cost too much, on every transport. Adds the cost to the other answers;
 * `live/subscribe.ts` adds it to the results of a subscription.
 */
export function limitCost(measure: CostMeter): Stage {
  return (run) => (args) => {
    const { excess, extensions } = measure(args);
    if (excess !== undefined) {
      const refusal = new Refusal('QUERY_TOO_COMPLEX', `The operation ${excess}.`, extensions);
      return { errors: [toGraphqlError(refusal)], extensions };
    }
    return whenDone(run(args), (result) => (isStream(result) ? result : addCost(result, extensions)));
  };
}

import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { measureOperation } from './measure-operation.ts';
import { useOperationCheck } from './operation-check.ts';

/** The most rows of an operation. */
const MAX_ROWS = 100_000;
/** The most levels of selections, without introspection. */
const MAX_LEVELS = 16;
/**
 * The most fields. A fragment counts as often as it is spread, because a few nested fragments
 * can expand to millions of fields.
 */
const MAX_FIELDS = 10_000;
/** The most fields at the root. Each uses statements and connections in parallel. */
const MAX_ROOTS = 15;
/** The most lists and statistics. Each is at least one statement for all its parents. */
const MAX_LISTS = 50;

/**
 * Returns the reason to refuse an operation before anything is read, or undefined. Page sizes
 * multiply with each level, so a hundred characters can request millions of rows.
 */
function findExcess({ schema, document, operationName, variableValues }: ExecutionArgs): string | undefined {
  const operation = getOperationAST(document, operationName);
  if (!operation) return undefined;
  const { rows, fields, roots, lists, levels } = measureOperation(
    schema,
    document,
    operation,
    variableValues ?? {},
  );
  if (levels > MAX_LEVELS) return `is deeper than ${MAX_LEVELS} levels`;
  if (rows > MAX_ROWS) return `requests up to ${rows} rows, more than ${MAX_ROWS}; request smaller pages`;
  if (fields > MAX_FIELDS) return `has ${fields} fields, more than ${MAX_FIELDS}`;
  if (lists > MAX_LISTS) return `has ${lists} lists and statistics, more than ${MAX_LISTS}`;
  if (roots > MAX_ROOTS) return `has ${roots} fields at its root, more than ${MAX_ROOTS}`;
  return undefined;
}

/** Refuses operations that cost too much, on every transport. */
export function useCostLimit(): Plugin {
  return useOperationCheck((args) => {
    const excess = findExcess(args);
    if (excess === undefined) return [];
    return [toGraphqlError(new Refusal('QUERY_TOO_COMPLEX', `The operation ${excess}.`))];
  });
}

import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { measureOperation } from './measure-operation.ts';
import { useOperationCheck } from './operation-check.ts';

/** Rows that one operation may ask for. */
const MAX_ROWS = 100_000;
/** Levels of selections; introspection is not counted. */
const MAX_LEVELS = 16;
/**
 * Fields. A fragment counts as often as it is spread: a few fragments that spread one another twice
 * are millions of fields.
 */
const MAX_FIELDS = 10_000;
/** Fields of the root: each one takes connections, at the same time as the others. */
const MAX_ROOTS = 15;
/** Lists and statistics at any level: each one is at least one statement for all its parents. */
const MAX_LISTS = 50;

/**
 * Finds why an operation asks for too much, before anything is read; undefined if it does not. Page
 * sizes multiply on the way down, so a hundred characters can ask for millions of rows.
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
  if (rows > MAX_ROWS) return `asks for up to ${rows} rows, more than ${MAX_ROWS}; take smaller pages`;
  if (fields > MAX_FIELDS) return `has ${fields} fields, more than ${MAX_FIELDS}`;
  if (lists > MAX_LISTS) return `has ${lists} lists and statistics, more than ${MAX_LISTS}`;
  if (roots > MAX_ROOTS) return `has ${roots} fields at its root, more than ${MAX_ROOTS}`;
  return undefined;
}

/** Checks the cost of every operation, on every transport. */
export function useCostLimit(): Plugin {
  return useOperationCheck((args) => {
    const excess = findExcess(args);
    if (excess === undefined) return [];
    return [toGraphqlError(new Refusal('QUERY_TOO_COMPLEX', `The operation ${excess}.`))];
  });
}

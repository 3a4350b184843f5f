import {
  BREAK,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
  OperationTypeNode,
  parseType,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit';
import type { Plugin } from 'graphql-yoga';
import { LruCache } from '../domain/lru-cache.ts';
import { Refusal } from '../domain/refusal.ts';
import { measureOperation } from './measure-operation.ts';

/** Compiling a document takes as long as about ten executions, so it is compiled at the tenth. */
const COMPILE_AT = 10;
/** Compiled documents that are kept: the most recently used ones. */
const MAX_COMPILED = 100;
/** Fields of a document that is compiled, fragments written out. */
const MAX_COMPILED_FIELDS = 500;

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Executes frequent queries with compiled code, and everything else with graphql-js. Both keep the
 * fields of an answer in the order of the document; Yoga's own executor does not.
 */
export function useCompiledExecution(): Plugin {
  const executeOften = createExecute(COMPILE_AT);
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(executeOften);
    },
  };
}

/** A compiled query, and what its variables are. */
interface Compiled {
  query: CompiledQuery;
  definitions: readonly VariableDefinitionNode[];
}

/** An executor that compiles a query when it comes for the `compileAt`-th time. */
function createExecute(compileAt: number): Execute {
  const counts = new WeakMap<DocumentNode, Map<string, number>>();
  const compiled = new LruCache<DocumentNode, Map<string, Compiled | undefined>>(MAX_COMPILED);

  function findCompiled({ schema, document, operationName }: ExecutionArgs): Compiled | undefined {
    const name = operationName ?? '';
    const known = compiled.get(document) ?? new Map<string, Compiled | undefined>();
    if (known.has(name)) return known.get(name);
    const times = counts.get(document) ?? new Map<string, number>();
    const time = (times.get(name) ?? 0) + 1;
    counts.set(document, times.set(name, time));
    if (time < compileAt) return undefined;
    const query = compile(schema, document, operationName);
    compiled.set(document, known.set(name, query));
    return query;
  }

  return (args) => {
    const compiled = findCompiled(args);
    const variables =
      compiled && getVariableValues(args.schema, compiled.definitions, args.variableValues ?? {});
    if (compiled === undefined || variables?.coerced === undefined) return interpret(args);
    const result = compiled.query.query(args.rootValue, args.contextValue, variables.coerced);
    return result instanceof Promise
      ? result.then((settled) => checkErrors(settled, args))
      : checkErrors(result, args);
  };
}

const interpret = (args: ExecutionArgs) => execute(args) as ExecutionResult | Promise<ExecutionResult>;

function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): Compiled | undefined {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.QUERY) return undefined;
  if (measureOperation(schema, document, operation).fields > MAX_COMPILED_FIELDS) return undefined;
  if (!isCompiledFaithfully(document)) return undefined;
  const definitions = operation.variableDefinitions ?? [];
  const query = compileQuery(schema, takeTypesFromVariables(document, operation), operationName ?? undefined);
  return isCompiledQuery(query) ? { query, definitions } : undefined;
}

/**
 * Tells whether compiled code answers as graphql-js does. In lists and objects it applies no defaults
 * to missing variables and refuses no nulls. It also returns no field with the alias `__proto__`.
 */
function isCompiledFaithfully(document: DocumentNode): boolean {
  let isFaithful = true;
  const refuse = () => {
    isFaithful = false;
    return BREAK;
  };
  const refuseVariablesIn = { Variable: refuse };
  visit(document, {
    ListValue: (list) => void visit(list, refuseVariablesIn),
    ObjectValue: (object) => void visit(object, refuseVariablesIn),
    Field: ({ alias }) => (alias?.value === '__proto__' ? refuse() : undefined),
  });
  return isFaithful;
}

/**
 * Returns the document with variables of the type JSON. The compiler expands the types of variables,
 * and a filter contains itself. So graphql-js coerces the variables before the compiled code runs.
 */
function takeTypesFromVariables(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const type = parseType('JSON');
  const variableDefinitions = operation.variableDefinitions?.map(
    ({ kind, variable }): VariableDefinitionNode => ({ kind, variable, type }),
  );
  const definitions = document.definitions.map((definition) =>
    definition === operation
      ? { ...definition, ...(variableDefinitions && { variableDefinitions }) }
      : definition,
  );
  return { ...document, definitions };
}

/** Executes again with graphql-js after an error, so errors are the same; not if the database is away. */
function checkErrors(
  result: ExecutionResult,
  args: ExecutionArgs,
): ExecutionResult | Promise<ExecutionResult> {
  if (result.errors === undefined || result.errors.some(isAboutDatabase)) return result;
  return interpret(args);
}

function isAboutDatabase({ originalError }: GraphQLError): boolean {
  return originalError instanceof Refusal && ['UNAVAILABLE', 'TIMEOUT'].includes(originalError.code);
}

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
import { LruCache } from '../domain/lru-cache.ts';
import { Refusal } from '../domain/refusal.ts';
import { measureOperation } from './measure-operation.ts';

/** The execution at which a document is compiled; compiling costs about ten executions. */
const COMPILE_AT = 10;
/** The most compiled documents, the most recently used ones. */
const MAX_COMPILED = 100;
/** The most fields of a compiled document, with fragments expanded. */
const MAX_COMPILED_FIELDS = 500;

type Execute = (args: ExecutionArgs) => ExecutionResult | Promise<ExecutionResult>;

/** A compiled query and the definitions of its variables. */
interface Compiled {
  query: CompiledQuery;
  definitions: readonly VariableDefinitionNode[];
}

/**
 * Returns an executor of frequent queries with compiled code, and of all other operations with
 * graphql-js. In both, the fields of a result are in the order of the document. Yoga's own executor
 * orders them as they resolve.
 */
export function createExecute(): Execute {
  const counts = new WeakMap<DocumentNode, Map<string, number>>();
  const compiled = new LruCache<DocumentNode, Map<string, Compiled | undefined>>(MAX_COMPILED);

  function findCompiled({ schema, document, operationName }: ExecutionArgs): Compiled | undefined {
    const name = operationName ?? '';
    const cached = compiled.get(document) ?? new Map<string, Compiled | undefined>();
    if (cached.has(name)) return cached.get(name);
    const times = counts.get(document) ?? new Map<string, number>();
    const time = (times.get(name) ?? 0) + 1;
    counts.set(document, times.set(name, time));
    if (time < COMPILE_AT) return undefined;
    const query = compile(schema, document, operationName);
    compiled.set(document, cached.set(name, query));
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
  if (!isSafeToCompile(document)) return undefined;
  const definitions = operation.variableDefinitions ?? [];
  const query = compileQuery(schema, withoutVariableTypes(document, operation), operationName ?? undefined);
  return isCompiledQuery(query) ? { query, definitions } : undefined;
}

/**
 * Returns whether compiled code has the results of graphql-js. graphql-jit handles variables
 * inside lists and objects differently: a missing one does not take the default of its field,
 * and a null is not refused. It also loses a field with the alias `__proto__`.
 */
function isSafeToCompile(document: DocumentNode): boolean {
  let isSafe = true;
  const refuse = () => {
    isSafe = false;
    return BREAK;
  };
  const refuseVariablesIn = { Variable: refuse };
  visit(document, {
    ListValue: (list) => void visit(list, refuseVariablesIn),
    ObjectValue: (object) => void visit(object, refuseVariablesIn),
    Field: ({ alias }) => (alias?.value === '__proto__' ? refuse() : undefined),
  });
  return isSafe;
}

/**
 * Changes the type of all variables to JSON. graphql-jit expands the type of a variable in the
 * code, without end for recursive types such as filters. graphql-js coerces the variables
 * first.
 */
function withoutVariableTypes(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
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

/** Repeats a failed execution with graphql-js, for its errors, unless the database failed. */
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

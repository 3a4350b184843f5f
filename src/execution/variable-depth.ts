import {
  type ExecutionArgs,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isInputObjectType,
  typeFromAST,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { isDeeperThan, type JsonValue, MAX_LEVELS } from '../domain/values/json.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { useOperationCheck } from './operation-check.ts';

/**
 * Refuses variables that nest too deep, on every transport, before graphql-js coerces them.
 * graphql-js recurses for each level, so thousands of levels would exhaust the stack. Only
 * recursive types (filters) have any number of levels. JSON values are not checked.
 */
export function useVariableDepthLimit(): Plugin {
  const isRecursive = createCheck();
  return useOperationCheck((args) => listTooDeep(args, isRecursive));
}

function listTooDeep(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  isRecursive: (type: GraphQLInputType) => boolean,
): GraphQLError[] {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  return definitions.flatMap((definition) => {
    const name = definition.variable.name.value;
    const value = variableValues?.[name] as JsonValue | undefined;
    if (typeof value !== 'object' || value === null) return [];
    const type = toInputType(schema, definition.type);
    if (type === undefined || !isRecursive(type) || !isDeeperThan(value, MAX_LEVELS)) return [];
    const message = `Variable "$${name}" nests deeper than ${MAX_LEVELS} levels.`;
    return [toGraphqlError(new Refusal('BAD_USER_INPUT', message), {}, { nodes: definition })];
  });
}

function toInputType(
  schema: GraphQLSchema,
  type: Parameters<typeof typeFromAST>[1],
): GraphQLInputType | undefined {
  return typeFromAST(schema, type) as GraphQLInputType | undefined;
}

/** Returns a cached check whether an input type is recursive. */
function createCheck(): (type: GraphQLInputType) => boolean {
  const cache = new Map<GraphQLInputType, boolean>();
  const find = (type: GraphQLInputType, around: readonly GraphQLInputType[]): boolean => {
    if (!isInputObjectType(type)) return false;
    if (around.includes(type)) return true;
    return Object.values(type.getFields()).some((field) => find(getNamedType(field.type), [...around, type]));
  };
  return (type) => {
    const named = getNamedType(type);
    const found = cache.get(named) ?? find(named, []);
    cache.set(named, found);
    return found;
  };
}

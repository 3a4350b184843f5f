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
 * Refuses variables that nest too deep, on every transport, before graphql-js recurses into them:
 * thousands of levels exhaust the stack. Only types that contain themselves (filters) can nest so
 * deep. JSON values are not checked here.
 */
export function useVariableDepthLimit(): Plugin {
  const hasNoEnd = createCheck();
  return useOperationCheck((args) => listTooDeep(args, hasNoEnd));
}

function listTooDeep(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  hasNoEnd: (type: GraphQLInputType) => boolean,
): GraphQLError[] {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  return definitions.flatMap((definition) => {
    const name = definition.variable.name.value;
    const value = variableValues?.[name] as JsonValue | undefined;
    if (typeof value !== 'object' || value === null) return [];
    const type = toInputType(schema, definition.type);
    if (type === undefined || !hasNoEnd(type) || !isDeeperThan(value, MAX_LEVELS)) return [];
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

/** Tells whether a type contains itself somewhere; remembers what it found. */
function createCheck(): (type: GraphQLInputType) => boolean {
  const known = new Map<GraphQLInputType, boolean>();
  const find = (type: GraphQLInputType, around: readonly GraphQLInputType[]): boolean => {
    if (!isInputObjectType(type)) return false;
    if (around.includes(type)) return true;
    return Object.values(type.getFields()).some((field) => find(getNamedType(field.type), [...around, type]));
  };
  return (type) => {
    const named = getNamedType(type);
    const found = known.get(named) ?? find(named, []);
    known.set(named, found);
    return found;
  };
}

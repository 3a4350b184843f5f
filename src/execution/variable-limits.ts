/**
 * Checks the variables of an operation before graphql-js coerces them, on every transport.
 *
 * - Depth: graphql-js recurses for each level, so thousands of levels would exhaust the stack.
 *   Only recursive types (filters) have any number of levels.
 * - Unknown fields: graphql-js prints the whole object once per unknown field, so an answer could
 *   be fifty times as large as its request. In a large variable the first unknown field is refused
 *   here. Small variables are left to graphql-js, whose message is more detailed.
 * - Input objects and list elements: graphql-js needs more time for each of them than a limit on
 *   bytes can express.
 *
 * Nothing inside a JSON value is checked.
 */
import {
  type ExecutionArgs,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isInputObjectType,
  isListType,
  Kind,
  type TypeNode,
  typeFromAST,
} from 'graphql';
import { Refusal } from '../domain/refusal.ts';
import { isDeeperThan, isJsonObject, type JsonValue, MAX_LEVELS } from '../domain/values/json.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { refuse, type Stage } from './operation-stages.ts';

/** The most input objects in the variables of an operation. */
const MAX_INPUT_OBJECTS = 5_000;
/** The most elements of their lists; those of JSON values do not count. */
const MAX_ELEMENTS = 50_000;
/** A variable with more characters and values than this is large. */
const LARGE_SIZE = 2_000;
/** The most characters of a name in a message. */
const MAX_NAME = 100;

/** Refuses variables that nest too deep, or are too expensive to coerce. */
export function limitVariables(): Stage {
  const isRecursive = createCheck();
  return refuse((args) => listProblems(args, isRecursive));
}

function listProblems(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  isRecursive: (type: GraphQLInputType) => boolean,
): GraphQLError[] {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const counted = { inputObjects: 0, elements: 0 };
  return definitions.flatMap((definition) => {
    const name = definition.variable.name.value;
    const value = variableValues?.[name] as JsonValue | undefined;
    if (typeof value !== 'object' || value === null || isJson(definition.type)) return [];
    // Most variables are neither large nor deep, so their types need not be found.
    const isLarge = measure(value) > LARGE_SIZE;
    if (!isLarge && !isDeeperThan(value, MAX_LEVELS)) return [];
    const type = toInputType(schema, definition.type);
    if (type === undefined) return [];
    const refusal = isRecursive(type) && isDeeperThan(value, MAX_LEVELS) ? tooDeep(name) : undefined;
    const found = refusal ?? (isLarge ? findProblem(value, type, name, counted) : undefined);
    return found === undefined ? [] : [toGraphqlError(found, {}, { nodes: definition })];
  });
}

/** Returns whether a variable is a JSON value or a list of them. */
function isJson(type: TypeNode): boolean {
  return type.kind === Kind.NAMED_TYPE ? type.name.value === 'JSON' : isJson(type.type);
}

function tooDeep(name: string): Refusal<'BAD_USER_INPUT'> {
  return new Refusal('BAD_USER_INPUT', `Variable "$${name}" nests deeper than ${MAX_LEVELS} levels.`);
}

/** Returns the number of characters and values. Stops above LARGE_SIZE, and so at any depth. */
function measure(value: JsonValue, size = 0): number {
  if (size > LARGE_SIZE) return size;
  if (typeof value === 'string') return size + value.length;
  if (typeof value !== 'object' || value === null) return size + 1;
  let sum = size + 1;
  for (const key in value) {
    sum = measure((value as Record<string, JsonValue>)[key] ?? null, sum + key.length);
    if (sum > LARGE_SIZE) break;
  }
  return sum;
}

/** Finds an unknown field of an input object, or what is one too many. */
function findProblem(
  value: JsonValue,
  type: GraphQLInputType,
  variable: string,
  counted: { inputObjects: number; elements: number },
): Refusal<'BAD_USER_INPUT'> | undefined {
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    if (getNamedType(nullable).name === 'JSON') return undefined;
    // graphql-js reads a value in place of a list as a list of one.
    const items = Array.isArray(value) ? value : [value];
    counted.elements += items.length;
    if (counted.elements > MAX_ELEMENTS) {
      return new Refusal('BAD_USER_INPUT', `The variables contain more than ${MAX_ELEMENTS} list elements.`);
    }
    for (const item of items) {
      const problem = findProblem(item, nullable.ofType, variable, counted);
      if (problem !== undefined) return problem;
    }
  }
  if (!isInputObjectType(nullable) || !isJsonObject(value)) return undefined;
  counted.inputObjects += 1;
  if (counted.inputObjects > MAX_INPUT_OBJECTS) {
    const message = `The variables contain more than ${MAX_INPUT_OBJECTS} input objects.`;
    return new Refusal('BAD_USER_INPUT', message);
  }
  const fields = nullable.getFields();
  for (const [name, child] of Object.entries(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) {
      const shown = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
      const message = `Variable "$${variable}" got an invalid value; Field "${shown}" is not defined by type "${nullable.name}".`;
      return new Refusal('BAD_USER_INPUT', message);
    }
    const problem = findProblem(child, field.type, variable, counted);
    if (problem !== undefined) return problem;
  }
  return undefined;
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

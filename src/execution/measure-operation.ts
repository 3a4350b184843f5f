import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import type { BatchCost, ListCost } from '../graphql/connections/list-cost.ts';

/** The size of a part of an operation. A fragment counts as often as it is spread. */
export interface Measures {
  /** The most rows that are read: page sizes multiply with each level. */
  rows: number;
  /** Fields, those of introspection included. */
  fields: number;
  /** Fields of the outermost selection. */
  roots: number;
  /** Lists and statistics. */
  lists: number;
  /** Levels of selections, without introspection. */
  levels: number;
}

const LEAF: Measures = { rows: 0, fields: 1, roots: 1, lists: 0, levels: 0 };

/** Returns the fragments of a document by name. */
export function toFragments(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

type Variables = Readonly<Record<string, unknown>>;

/**
 * Measures a valid operation. Variables may be invalid: only a number is a size. A mutation
 * that names no items handles `maxBatch` of them.
 */
export function measureOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables = {},
  maxBatch = 0,
): Measures {
  const fragments = toFragments(document);
  const cache = new Map<string, Measures>();

  function measureSet(set: SelectionSetNode, type: GraphQLNamedType | undefined): Measures {
    const sum = { rows: 0, fields: 0, roots: 0, lists: 0, levels: 1 };
    for (const selection of set.selections) {
      const part = measure(selection, type);
      sum.rows += part.rows;
      sum.fields += part.fields;
      sum.roots += part.roots;
      sum.lists += part.lists;
      sum.levels = Math.max(sum.levels, part.levels);
    }
    return sum;
  }

  function measure(selection: SelectionNode, type: GraphQLNamedType | undefined): Measures {
    if (selection.kind === Kind.FIELD) return measureField(selection, type);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return measureFragment(selection.name.value);
    const condition = selection.typeCondition?.name.value;
    return measureSet(selection.selectionSet, condition === undefined ? type : schema.getType(condition));
  }

  function measureFragment(name: string): Measures {
    const cached = cache.get(name);
    if (cached !== undefined) return cached;
    const fragment = fragments.get(name);
    if (fragment === undefined) return { ...LEAF, fields: 0, roots: 0 };
    const measures = measureSet(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    cache.set(name, measures);
    return measures;
  }

  function measureField(node: FieldNode, parent: GraphQLNamedType | undefined): Measures {
    if (node.selectionSet === undefined) return LEAF;
    const field = findField(parent, node.name.value);
    const below = measureSet(node.selectionSet, field && getNamedType(field.type));
    const fields = 1 + below.fields;
    // Introspection reads no rows.
    if (node.name.value.startsWith('__')) return { ...LEAF, fields };
    const cost = field?.extensions.cost;
    const levels = 1 + below.levels;
    if (typeof cost !== 'object') return { ...below, fields, roots: 1, levels };
    if ('perItemOf' in cost) {
      const items = countItems(cost, node, withDefaults(operation, variables)) ?? maxBatch;
      return { rows: items * (1 + below.rows), fields, roots: 1, lists: below.lists, levels };
    }
    const size = toSize(cost, node, (name) => findNumber(operation, variables, name));
    const counted = below.rows === 0 ? Math.min(size, cost.maxPlain ?? size) : size;
    return { rows: counted * (1 + below.rows), fields, roots: 1, lists: 1 + below.lists, levels };
  }

  return measureSet(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
}

function findField(
  type: GraphQLNamedType | undefined,
  name: string,
): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

/** Returns the rows of a list: the size in its arguments, limited by its cost. */
function toSize(
  cost: ListCost,
  { arguments: args = [] }: FieldNode,
  findNumber: (variable: string) => number | undefined,
): number {
  const { splitBy } = cost;
  if (splitBy !== undefined && !args.some(({ name }) => splitBy.includes(name.value))) return 1;
  for (const { name, value } of args) {
    if (name.value !== 'first' && name.value !== 'last') continue;
    const size = value.kind === Kind.VARIABLE ? findNumber(value.name.value) : toNumber(value);
    if (size !== undefined && size > 0) return Math.min(size, cost.max);
  }
  return cost.default;
}

/** Returns a variable that is a number, as sent or by its default; null is not a number. */
function findNumber(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
  name: string,
): number | undefined {
  const sent = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (typeof sent === 'number') return sent;
  if (sent === null) return undefined;
  const definition = variableDefinitions.find(({ variable }) => variable.name.value === name);
  return definition?.defaultValue && toNumber(definition.defaultValue);
}

/** Counts the items of a batch; undefined if the operation names none. */
function countItems(
  { perItemOf }: BatchCost,
  { arguments: args = [] }: FieldNode,
  variables: Variables,
): number | undefined {
  const input = args.find(({ name }) => name.value === 'input');
  const value = input && (valueFromASTUntyped(input.value, variables) as Variables | null | undefined);
  const items = value?.[perItemOf];
  if (Array.isArray(items)) return items.length;
  // GraphQL reads a single value as a list of one.
  return items === undefined || items === null ? undefined : 1;
}

/** Returns the variables as sent, and the defaults of the others. */
function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, sent: Variables): Variables {
  if (variableDefinitions.every(({ defaultValue }) => defaultValue === undefined)) return sent;
  const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
  );
  return { ...Object.fromEntries(defaults), ...sent };
}

function toNumber(value: ValueNode): number | undefined {
  return value.kind === Kind.INT ? Number(value.value) : undefined;
}

import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { PAGE_SIZE } from '../../store/read/pages/page-arguments.ts';
import { STATS_SIZE } from '../../store/read/statistics/stats-request.ts';

/*
 * The cost of a list is stated on its field, in `extensions.cost`.
 * `execution/measure-operation.ts` multiplies the costs on the way down through an operation.
 *
 * No field lacks its cost. Connections and statistics are a `ListType`, which is no Pothos
 * type: it is used by spreading its `field`, which contains the cost. `requireListCosts` finds
 * every other list of objects when the schema is built, so the service does not start without
 * its cost.
 */

/** How many rows a field returns for one parent. */
export interface ListCost {
  /** The rows without `first` or `last`. */
  default: number;
  /** The most rows, whatever `first` or `last` says. */
  max: number;
  /** Without any of these arguments the field returns one row. */
  splitBy?: readonly string[];
  /** The most rows that count if nothing is listed below them. */
  maxPlain?: number;
}

/** The cost of a mutation that handles the items of a list in its argument `input`, a row each. */
export interface BatchCost {
  /** The list in `input`. Without it the field handles MAX_BATCH items. */
  perItemOf: string;
}

/** The cost of a list whose items are read with their parent, so they are no further rows. */
export const PART_OF_PARENT = { cost: 'part of parent' } as const;

declare module 'graphql' {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    cost?: ListCost | BatchCost | typeof PART_OF_PARENT.cost;
  }
}

/** The cost of every connection. */
export const PAGE_COST: ListCost = PAGE_SIZE;

/**
 * The cost of statistics. Rows with nothing listed below them are small, and all parents
 * together return at most 10,000 of them, so at most 100 count.
 */
export const STATS_COST: ListCost = { ...STATS_SIZE, splitBy: ['groupBy', 'interval'], maxPlain: 100 };

/** A list of rows with its cost. `Type` is what `t.field` receives as `type`. */
export interface ListType<Type> {
  /** The options to spread into `t.field`. */
  field: { type: Type; nullable: false; extensions: { cost: ListCost } };
}

/** Declares a list of rows. */
export function listType<Type extends [unknown] | object>(type: Type, cost: ListCost): ListType<Type> {
  return { field: { type, nullable: false, extensions: { cost } } };
}

/**
 * Returns the schema. Throws if a field with a list of objects or a connection has no cost, or a
 * mutation that handles a list has no cost per item.
 */
export function requireListCosts(schema: GraphQLSchema): GraphQLSchema {
  const free = Object.values(schema.getMutationType()?.getFields() ?? {}).filter(lacksBatchCost);
  if (free.length > 0) {
    throw new Error(
      `Mutations of a list without a cost per item: ${free.map(({ name }) => name).join(', ')}.`,
    );
  }
  const missing = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => listFields(type).map((field) => ({ type, field })))
    .filter(({ field }) => field.extensions.cost === undefined && isListOfObjects(field.type))
    .map(({ type, field }) => `${type.name}.${field.name}`);
  if (missing.length === 0) return schema;
  throw new Error(`Lists of objects without extensions.cost: ${missing.join(', ')}.`);
}

/** Whether a list in the argument `input` of a mutation is not what its cost counts. */
function lacksBatchCost({ args, extensions }: GraphQLField<unknown, unknown>): boolean {
  const input = getNamedType(args.find(({ name }) => name === 'input')?.type);
  if (!isInputObjectType(input)) return false;
  const lists = Object.values(input.getFields()).filter(({ type }) => hasList(type));
  const { cost } = extensions;
  const counted = typeof cost === 'object' && 'perItemOf' in cost ? cost.perItemOf : undefined;
  return lists.some(({ name }) => name !== counted);
}

function listFields(type: GraphQLNamedType) {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
}

function isListOfObjects(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return false;
  return hasList(type) || listFields(named).some(({ name }) => name === 'pageInfo');
}

function hasList(type: GraphQLType): boolean {
  return isListType(type) || (isNonNullType(type) && hasList(type.ofType));
}

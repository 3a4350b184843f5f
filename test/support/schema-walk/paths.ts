import {
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
} from 'graphql';
import { type Field, isPagePart, isValue, listFields, toComposite } from './selections.ts';

/** One field on the way down from a root, with the types whose fragments select it. */
export interface Step {
  parent: GraphQLCompositeType;
  field: Field;
  /** Types that have the field, where it needs fragments. */
  fragments: readonly string[];
}

export type Path = readonly Step[];

export type OperationKind = 'query' | 'mutation' | 'subscription';

/** The last field of a path. Fields of pages are selected with their connection. */
export const endOf = (path: Path): Step => {
  const last = path.at(-1);
  if (last === undefined) throw new Error('A path has at least one field.');
  return last;
};

/**
 * Lists the ways down from the fields of a root type to every field with fields of its own. A way
 * meets a type at most once. `levels` limits its length, connections and their nodes included.
 */
export function listPaths(schema: GraphQLSchema, kind: OperationKind, levels: number): Path[] {
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }[kind];
  if (!root) throw new Error(`The schema has no ${kind}.`);
  return listBelow(schema, root, [], levels);
}

/**
 * Keeps one path for each field, each field that it can be selected below, and each of the two ways
 * to read it: for one row, or for the rows of a list together.
 */
export function keepDistinct(paths: readonly Path[]): Path[] {
  const kept = new Map<string, Path>();
  for (const path of paths) {
    const steps = path.filter(({ parent }) => !isPagePart(parent));
    const fields = steps.slice(-2).map(({ parent, field }) => `${parent.name}.${field.name}`);
    const isInList = steps.length > 1 && path.some(({ field }) => field.name === 'nodes');
    const key = `${fields.join(' ')} ${isInList}`;
    if (!kept.has(key)) kept.set(key, path);
  }
  return [...kept.values()];
}

function listBelow(schema: GraphQLSchema, parent: GraphQLCompositeType, path: Path, levels: number): Path[] {
  if (path.length >= levels) return [];
  return listSteps(schema, parent).flatMap((step) => {
    const type = getNamedType(step.field.type);
    const here = [...path, step];
    if (isLeafType(type)) return path.length === 0 ? [here] : [];
    const isPart = isPagePart(parent);
    // A value is selected with its parent, and a page with its connection.
    if (isPart && step.field.name !== 'nodes') return [];
    if (path.length > 0 && isValue(type) && step.field.args.length === 0) return [];
    if (path.some(({ field }) => getNamedType(field.type) === type)) return [];
    return [...(isPart ? [] : [here]), ...listBelow(schema, toComposite(type), here, levels)];
  });
}

/** The fields below a type; equal fields of several implementing types are one step. */
function listSteps(schema: GraphQLSchema, parent: GraphQLCompositeType): Step[] {
  const own = listFields(parent).map((field): Step => ({ parent, field, fragments: [] }));
  if (!isAbstractType(parent)) return own;
  const names = new Set(own.map(({ field }) => field.name));
  const others = new Map<string, { step: Step; fragments: string[] }>();
  for (const possible of schema.getPossibleTypes(parent)) {
    for (const field of listFields(possible)) {
      if (names.has(field.name) || isLeafType(getNamedType(field.type))) continue;
      // Fields that differ in arguments or type are different steps.
      const key = `${field.name}: ${field.type} ${field.args.map(({ name }) => name)}`;
      const known = others.get(key) ?? { step: { parent: possible, field, fragments: [] }, fragments: [] };
      known.fragments.push(possible.name);
      others.set(key, known);
    }
  }
  return [...own, ...[...others.values()].map(({ step, fragments }) => ({ ...step, fragments }))];
}

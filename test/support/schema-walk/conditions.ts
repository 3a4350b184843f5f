import {
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLNamedInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
} from 'graphql';

/** A filter as a client sends it. */
export type Filter = Record<string, unknown>;

/** Finds the values that a field of that name has somewhere. */
export type FindValues = (name: string) => readonly unknown[];

/** How deep filters of related rows are entered. */
const RELATIONS = 1;
const MAX_IN = 100;

/**
 * Lists filters for every field and operator of a filter type, with the values that `find` has for
 * fields of the same name. An operator or field that has no value fails.
 */
export function listConditions(
  filter: GraphQLInputObjectType,
  find: FindValues,
  relations = RELATIONS,
): Filter[] {
  return Object.values(filter.getFields()).flatMap((field) => {
    const type = getNamedType(field.type);
    if (['and', 'or', 'not'].includes(field.name)) return [];
    if (!isInputObjectType(type)) throw new Error(`${filter.name}.${field.name} has no operators.`);
    if ('and' in type.getFields()) {
      if (relations === 0) return [];
      return listConditions(type, find, relations - 1).map((below) => ({ [field.name]: below }));
    }
    return Object.values(type.getFields()).flatMap((operator) =>
      listOperands(`${filter.name}.${field.name}`, operator, find(field.name)).map((operand) => ({
        [field.name]: { [operator.name]: operand },
      })),
    );
  });
}

function listOperands(
  path: string,
  { name, type }: GraphQLInputField,
  values: readonly unknown[],
): unknown[] {
  const named = getNamedType(type);
  if (name === 'isNull') return [true, false];
  const fitting = listFitting(named, values);
  if (fitting.length === 0) throw new Error(`No value is known for ${path}.${name} (${named.name}).`);
  switch (name) {
    case 'eq':
      return fitting.slice(0, 3);
    case 'in':
    case 'notIn':
      return [fitting.slice(0, MAX_IN)];
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return fitting.slice(0, 1);
    case 'startsWith':
      return fitting.slice(0, 1).map((value) => String(value).slice(0, 9));
    case 'contains':
      return fitting.slice(0, 1).map((value) => String(value).slice(1, 12));
    default:
      throw new Error(`The operator ${path}.${name} has no rule in this walk.`);
  }
}

function listFitting(type: GraphQLNamedInputType, values: readonly unknown[]): unknown[] {
  if (isEnumType(type)) {
    const words = type.getValues().map(({ name }) => name);
    return values.filter((value) => words.includes(String(value)));
  }
  if (!isLeafType(type)) throw new Error(`${type.name} is no value.`);
  if (type.name === 'Boolean') return [true, false];
  if (type.name === 'SafeInt' || type.name === 'Int')
    return values.filter((value) => typeof value === 'number');
  return values.filter((value) => typeof value === 'string');
}

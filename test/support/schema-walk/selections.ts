import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isUnionType,
} from 'graphql';

export type Field = GraphQLField<unknown, unknown>;

/** The fields that can be selected on a type without a fragment. */
export function listFields(type: GraphQLCompositeType): Field[] {
  return isUnionType(type) ? [] : Object.values(type.getFields());
}

export function toComposite(type: GraphQLNamedType): GraphQLCompositeType {
  if (!isCompositeType(type)) throw new Error(`${type.name} has no fields.`);
  return type;
}

/** Returns whether a type is a connection or an edge. */
export function isPagePart(type: GraphQLNamedType): boolean {
  return isCompositeType(type) && /(?:Connection|Edge)$/.test(type.name);
}

/** Returns whether a type has only leaves and values, so it is selected with its parent. */
export function isValue(type: GraphQLNamedType, around: readonly GraphQLNamedType[] = []): boolean {
  if (isLeafType(type)) return true;
  if (isAbstractType(type) || around.includes(type)) return false;
  return listFields(toComposite(type)).every(
    (field) => field.args.length === 0 && isValue(getNamedType(field.type), [...around, type]),
  );
}

/**
 * The text of a selection of all that a type has by itself: its leaves and values, also those of
 * the types that implement it, and the whole page of a connection. A field that two implementing
 * types have with different types is selected of the first one only.
 */
export function toSelection(schema: GraphQLSchema, type: GraphQLCompositeType): string {
  const parts = listFields(type).flatMap((field) => toPart(schema, type, field));
  if (isAbstractType(type)) {
    const types = new Map(listFields(type).map(({ name }) => [name, '']));
    for (const possible of schema.getPossibleTypes(type)) {
      const more = listFields(possible).filter(({ name, type: fieldType }) => {
        const known = types.get(name) ?? String(fieldType);
        types.set(name, known);
        return known === String(fieldType);
      });
      const selected = more.flatMap((field) => toPart(schema, possible, field));
      if (selected.length > 0) parts.push(`... on ${possible.name} { ${selected.join(' ')} }`);
    }
  }
  return ['__typename', ...parts].join(' ');
}

function toPart(schema: GraphQLSchema, parent: GraphQLCompositeType, field: Field): string[] {
  const type = getNamedType(field.type);
  if (field.args.length > 0) return [];
  if (isLeafType(type)) return [field.name];
  // The row of an edge is selected as one of the nodes.
  if (parent.name.endsWith('Edge') && field.name === 'node') return ['node { __typename }'];
  if (!isValue(type) && !isPagePart(parent)) return [];
  return [`${field.name} { ${toSelection(schema, toComposite(type))} }`];
}

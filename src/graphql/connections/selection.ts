import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * The names of the fields selected below the one being resolved, two levels deep, as `name`
 * and `name.child`; without those that `@skip` or `@include` leave out.
 */
export function listSelected(info: GraphQLResolveInfo): string[] {
  const names = new Set<string>();
  for (const field of collect(info.fieldNodes, info)) {
    names.add(field.name.value);
    for (const child of collect([field], info)) names.add(`${field.name.value}.${child.name.value}`);
  }
  return [...names];
}

/**
 * The names of the fields selected of a connection's nodes, whether as `nodes` or as
 * `edges { node }`.
 */
export function listSelectedOfNodes(info: GraphQLResolveInfo): Set<string> {
  const fields = collect(info.fieldNodes, info);
  const named = (name: string, among: FieldNode[]) => among.filter((field) => field.name.value === name);
  const nodes = [...named('nodes', fields), ...named('node', collect(named('edges', fields), info))];
  return new Set(collect(nodes, info).map((field) => field.name.value));
}

/** The fields selected directly below some others, those of fragments included. */
function collect(fields: readonly FieldNode[], info: GraphQLResolveInfo): FieldNode[] {
  const found: FieldNode[] = [];
  for (const field of fields) {
    if (isIncluded(field, info)) addFields(found, field.selectionSet, info);
  }
  return found;
}

/** Adds the fields of a selection set, those of its fragments included. */
function addFields(found: FieldNode[], set: SelectionSetNode | undefined, info: GraphQLResolveInfo): void {
  for (const selection of set?.selections ?? []) {
    if (!isIncluded(selection, info)) continue;
    if (selection.kind === Kind.FIELD) found.push(selection);
    else if (selection.kind === Kind.INLINE_FRAGMENT) addFields(found, selection.selectionSet, info);
    else addFields(found, info.fragments[selection.name.value]?.selectionSet, info);
  }
}

function isIncluded(selection: SelectionNode, { variableValues }: GraphQLResolveInfo): boolean {
  if (selection.directives === undefined || selection.directives.length === 0) return true;
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variableValues);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variableValues);
  return skip?.if !== true && include?.if !== false;
}

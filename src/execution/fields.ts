import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** The fragments of a document by name. */
export function toFragments(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/** What is counted of the fields of an operation. */
export interface Counted {
  /** Which fields; all unless said. */
  which?: (field: FieldNode) => boolean;
  /** Whether fields below others count as well; they do unless said. */
  below?: boolean;
}

/** Counts the fields of a valid operation, those of a fragment as often as it is spread. */
export function countFields(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  { which = () => true, below = true }: Counted = {},
): number {
  const known = new Map<string, number>();
  const count = (set: SelectionSetNode | undefined): number =>
    (set?.selections ?? []).reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + countFragment(selection.name.value);
      if (selection.kind === Kind.INLINE_FRAGMENT) return sum + count(selection.selectionSet);
      return sum + (which(selection) ? 1 : 0) + (below ? count(selection.selectionSet) : 0);
    }, 0);
  const countFragment = (name: string): number => {
    const fields = known.get(name) ?? count(fragments.get(name)?.selectionSet);
    known.set(name, fields);
    return fields;
  };
  return count(operation.selectionSet);
}

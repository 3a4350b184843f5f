import { createHash } from 'node:crypto';
import {
  type DefinitionNode,
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  print,
  type VariableNode,
  visit,
} from 'graphql';
import type { GraphContext } from '../graphql/context.ts';

/** What a subscription makes of each of its events: the operation's text without what chooses the events, and the variables in it. */
interface Shape {
  text: string;
  variables: string[];
}

const shapes = new WeakMap<DocumentNode, Map<string, Shape>>();

/**
 * Names what a subscription makes of its events: two with the same key make the same of the same event. The arguments of the
 * subscribed field (`after`, `where`) are not in it, nor are the variables that only they use, because they choose events and change
 * nothing about them. The tenant is not in it either: an event belongs to one.
 */
export function toResultKey({
  document,
  operationName,
  variableValues,
  contextValue,
}: ExecutionArgs): string {
  const { text, variables } = findShape(document, operationName);
  const values = variables.map((name) =>
    variableValues != null && Object.hasOwn(variableValues, name) ? [variableValues[name]] : [],
  );
  const { scopes } = (contextValue as GraphContext).caller;
  return createHash('sha256')
    .update(JSON.stringify([text, values, [...scopes].sort()]))
    .digest('base64');
}

function findShape(document: DocumentNode, operationName: string | null | undefined): Shape {
  const known = shapes.get(document) ?? new Map<string, Shape>();
  shapes.set(document, known);
  const name = operationName ?? '';
  const shape = known.get(name) ?? toShape(document, operationName);
  known.set(name, shape);
  return shape;
}

function toShape(document: DocumentNode, operationName: string | null | undefined): Shape {
  const operation = getOperationAST(document, operationName);
  const definitions = document.definitions.flatMap((definition): DefinitionNode[] => {
    if (definition === operation) return [withoutChoice(operation)];
    return definition.kind === Kind.OPERATION_DEFINITION ? [] : [definition];
  });
  const variables = new Set<string>();
  const noteVariables = {
    VariableDefinition: () => false,
    Variable: ({ name }: VariableNode) => void variables.add(name.value),
  };
  for (const definition of definitions) visit(definition, noteVariables);
  // Of the definitions of variables those count that are left: a value that is not given is the default.
  const shape = visit(
    { ...document, definitions },
    {
      VariableDefinition: ({ variable }) => (variables.has(variable.name.value) ? undefined : null),
    },
  );
  return { text: print(shape), variables: [...variables].sort() };
}

/** The operation, its subscribed field without arguments; one that stands in a fragment keeps them, and shares less. */
function withoutChoice(operation: OperationDefinitionNode): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((selection) =>
    selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection,
  );
  return { ...operation, selectionSet: { ...operation.selectionSet, selections } };
}

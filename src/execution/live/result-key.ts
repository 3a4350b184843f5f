import { createHash } from 'node:crypto';
import {
  type DefinitionNode,
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  print,
  type VariableDefinitionNode,
  type VariableNode,
  visit,
} from 'graphql';
import type { GraphContext } from '../../graphql/context.ts';

/** What a subscription makes of each of its events: the operation's text without what chooses the events, and the variables in it. */
interface Shape {
  text: string;
  variables: string[];
}

/** Texts of an operation without some arguments of the subscribed field, by document and operation. */
class Shapes {
  readonly #known = new WeakMap<DocumentNode, Map<string, Shape>>();
  readonly #keepsArgument: (name: string) => boolean;

  constructor(keepsArgument: (name: string) => boolean) {
    this.#keepsArgument = keepsArgument;
  }

  /** The shape of an operation and the values of the variables in it, as one text. */
  describe({ document, operationName, variableValues }: ExecutionArgs): string {
    const known = this.#known.get(document) ?? new Map<string, Shape>();
    this.#known.set(document, known);
    const shape = known.get(operationName ?? '') ?? this.#toShape(document, operationName);
    known.set(operationName ?? '', shape);
    const values = shape.variables.map((name) =>
      variableValues != null && Object.hasOwn(variableValues, name) ? [variableValues[name]] : [],
    );
    return JSON.stringify([shape.text, values]);
  }

  #toShape(document: DocumentNode, operationName: string | null | undefined): Shape {
    const operation = getOperationAST(document, operationName);
    const definitions = document.definitions.flatMap((definition): DefinitionNode[] => {
      if (definition === operation) return [this.#withoutArguments(operation)];
      return definition.kind === Kind.OPERATION_DEFINITION ? [] : [definition];
    });
    const variables = new Set<string>();
    const noteVariables = {
      VariableDefinition: () => false,
      Variable: ({ name }: VariableNode) => void variables.add(name.value),
    };
    for (const definition of definitions) visit(definition, noteVariables);
    // Of the definitions of variables those count that are left: a value that is not given is the default.
    const isUsed = ({ variable }: VariableDefinitionNode) => variables.has(variable.name.value);
    const shape = visit(
      { ...document, definitions },
      { VariableDefinition: (definition) => (isUsed(definition) ? undefined : null) },
    );
    return { text: print(shape), variables: [...variables].sort() };
  }

  /** The operation, its subscribed field without some arguments; one that stands in a fragment keeps them, and shares less. */
  #withoutArguments(operation: OperationDefinitionNode): OperationDefinitionNode {
    const selections = operation.selectionSet.selections.map((selection) => {
      if (selection.kind !== Kind.FIELD) return selection;
      const kept = (selection.arguments ?? []).filter(({ name }) => this.#keepsArgument(name.value));
      return { ...selection, arguments: kept };
    });
    return { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  }
}

const withoutChoice = new Shapes(() => false);
const withoutStart = new Shapes((name) => name !== 'after');

/**
 * Names what a subscription makes of its events: two with the same key make the same of the same event. The arguments of the
 * subscribed field (`after`, `where`) are not in it, nor are the variables that only they use, because they choose events and change
 * nothing about them. The tenant is not in it either: an event belongs to one.
 */
export function toResultKey(args: ExecutionArgs): string {
  return toHash([withoutChoice.describe(args), ...listScopes(args)]);
}

/** Names a subscription but for where it starts: two with the same key bring the same from any position on. */
export function toGroupKey(args: ExecutionArgs, tenantId: string): string {
  return toHash([tenantId, withoutStart.describe(args), ...listScopes(args)]);
}

function listScopes({ contextValue }: ExecutionArgs): string[] {
  return [...(contextValue as GraphContext).caller.scopes].sort();
}

function toHash(parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

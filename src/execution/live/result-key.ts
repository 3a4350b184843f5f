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

/** The part of an operation that determines its results: its text and the variables in it. */
interface Shape {
  text: string;
  variables: string[];
}

/** Caches shapes by document and operation. `keepsArgument` selects the arguments to keep. */
class Shapes {
  readonly #cache = new WeakMap<DocumentNode, Map<string, Shape>>();
  readonly #keepsArgument: (name: string) => boolean;

  constructor(keepsArgument: (name: string) => boolean) {
    this.#keepsArgument = keepsArgument;
  }

  /** Returns the shape of an operation and the values of its variables as one text. */
  describe({ document, operationName, variableValues }: ExecutionArgs): string {
    const cached = this.#cache.get(document) ?? new Map<string, Shape>();
    this.#cache.set(document, cached);
    const shape = cached.get(operationName ?? '') ?? this.#toShape(document, operationName);
    cached.set(operationName ?? '', shape);
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
    const collectVariables = {
      VariableDefinition: () => false,
      Variable: ({ name }: VariableNode) => void variables.add(name.value),
    };
    for (const definition of definitions) visit(definition, collectVariables);
    // Definitions of the remaining variables stay, because they contain the defaults.
    const isUsed = ({ variable }: VariableDefinitionNode) => variables.has(variable.name.value);
    const shape = visit(
      { ...document, definitions },
      { VariableDefinition: (definition) => (isUsed(definition) ? undefined : null) },
    );
    return { text: print(shape), variables: [...variables].sort() };
  }

  /** Removes arguments of the subscribed field, unless it is inside a fragment. */
  #withoutArguments(operation: OperationDefinitionNode): OperationDefinitionNode {
    const selections = operation.selectionSet.selections.map((selection) => {
      if (selection.kind !== Kind.FIELD) return selection;
      const kept = (selection.arguments ?? []).filter(({ name }) => this.#keepsArgument(name.value));
      return { ...selection, arguments: kept };
    });
    return { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  }
}

const withoutSelection = new Shapes(() => false);
const withoutStart = new Shapes((name) => name !== 'after');

/**
 * Returns the result key of a subscription. Two subscriptions with the same key have equal
 * results for the same event. The key contains the document, the variables that it uses, and
 * the caller's scopes. It excludes `after` and `where`, and the variables that only they use,
 * because they select events without changing results. It also excludes the tenant, because
 * results are cached per delivery (execute-event.ts).
 */
export function toResultKey(args: ExecutionArgs): string {
  return toHash([withoutSelection.describe(args), ...listScopes(args)]);
}

/** Returns the group key: equal subscriptions have the same results from any position. */
export function toGroupKey(args: ExecutionArgs, tenantId: string): string {
  return toHash([tenantId, withoutStart.describe(args), ...listScopes(args)]);
}

function listScopes({ contextValue }: ExecutionArgs): string[] {
  return [...(contextValue as GraphContext).caller.scopes].sort();
}

function toHash(parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

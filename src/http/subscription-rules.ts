import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toFragments } from '../execution/measure-operation.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';

const BY_GET = 'GET is for queries only; subscribe by POST or over a WebSocket.';
const CONDITIONAL = '@skip and @include are not allowed on the field of a subscription.';

/**
 * Refuses documents with a subscription by GET (README, "Endpoints"; Yoga itself refuses
 * mutations), and `@skip` and `@include` on the field of a subscription. The specification forbids
 * the latter, and graphql-js throws if the field is skipped, or if the directive has a variable.
 */
export function useSubscriptionRules(): Plugin {
  return {
    onParse() {
      return ({ result, context }) => {
        if (result === null || !('definitions' in result)) return;
        const subscriptions = listSubscriptions(result as DocumentNode);
        if (subscriptions.length === 0) return;
        if ((context as { request?: Request }).request?.method === 'GET') {
          const headers = { Allow: 'POST' };
          throw toGraphqlError(new Refusal('BAD_REQUEST', BY_GET), { status: 405, headers });
        }
        const fragments = toFragments(result as DocumentNode);
        const conditional = subscriptions.find(({ selectionSet }) => hasConditions(selectionSet, fragments));
        if (conditional === undefined) return;
        const refusal = new Refusal('GRAPHQL_VALIDATION_FAILED', CONDITIONAL);
        throw toGraphqlError(refusal, { status: 400, spec: true }, { nodes: conditional });
      };
    },
  };
}

function listSubscriptions({ definitions }: DocumentNode): OperationDefinitionNode[] {
  return definitions.filter(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION,
  );
}

/** Returns whether a selection at the root of an operation has `@skip` or `@include`. */
function hasConditions(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen = new Set<string>(),
): boolean {
  return selections.some((selection) => {
    if (selection.directives?.some(({ name }) => ['skip', 'include'].includes(name.value))) return true;
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return hasConditions(selection.selectionSet, fragments, seen);
    if (selection.kind === Kind.FIELD || seen.has(selection.name.value)) return false;
    seen.add(selection.name.value);
    const fragment = fragments.get(selection.name.value);
    return fragment !== undefined && hasConditions(fragment.selectionSet, fragments, seen);
  });
}

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toFragments } from '../execution/measure-operation.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { toResponse } from './answer.ts';

/** Refuses subscriptions by GET (README, "Endpoints"). Yoga itself refuses mutations. */
export function useQueriesOnlyByGet(): Plugin {
  return {
    onParse() {
      return ({ result, context }) => {
        const { request } = context as { request?: Request };
        if (request?.method !== 'GET' || result === null || !('definitions' in result)) return;
        const subscribes = (result as DocumentNode).definitions.some(
          (definition) =>
            definition.kind === Kind.OPERATION_DEFINITION &&
            definition.operation === OperationTypeNode.SUBSCRIPTION,
        );
        if (!subscribes) return;
        const message = 'GET is for queries only; subscribe by POST or over a WebSocket.';
        const headers = { Allow: 'POST' };
        throw toGraphqlError(new Refusal('BAD_REQUEST', message), { status: 405, headers });
      };
    },
  };
}

/**
 * Refuses `@skip` and `@include` on the field of a subscription. The specification forbids
 * them. graphql-js throws on a subscription without a field, and on variables in such a
 * directive.
 */
export function useWholeSubscriptions(): Plugin {
  return {
    onParse() {
      return ({ result }) => {
        if (result === null || !('definitions' in result)) return;
        const document = result as DocumentNode;
        let fragments: ReturnType<typeof toFragments> | undefined;
        for (const definition of document.definitions) {
          if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
          if (definition.operation !== OperationTypeNode.SUBSCRIPTION) continue;
          fragments ??= toFragments(document);
          if (!hasConditions(definition.selectionSet, fragments)) continue;
          const message = '@skip and @include are not allowed on the field of a subscription.';
          throw toGraphqlError(
            new Refusal('GRAPHQL_VALIDATION_FAILED', message),
            { status: 400, spec: true },
            { nodes: definition },
          );
        }
      };
    },
  };
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

/** Refuses bodies that are not JSON: any page can post forms or text without a preflight. */
export function useJsonOnly(): Plugin {
  return {
    onRequest({ request, endResponse, fetchAPI }) {
      if (request.method !== 'POST') return;
      const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type === 'application/json') return;
      const refusal = new Refusal('BAD_REQUEST', 'Send application/json.');
      endResponse(toResponse(fetchAPI, refusal, 415));
    },
  };
}

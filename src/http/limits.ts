import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  OperationTypeNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { toFragments } from '../execution/fields.ts';

/** Tokens of a document: a hostile one is refused before it costs time or stack. Events belong into variables. */
const MAX_TOKENS = 2_000;

/** Parses with a limit on tokens. Throws QUERY_TOO_COMPLEX beyond it. */
export function useTokenLimit(): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source, options) => {
        try {
          return parse(source, { ...options, maxTokens: MAX_TOKENS });
        } catch (error) {
          if (!(error instanceof GraphQLError) || !/more tha[nt] \d+ tokens/.test(error.message)) throw error;
          throw new GraphQLError(
            `The document has more than ${MAX_TOKENS} tokens; send events as variables.`,
            {
              extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400, spec: true } },
            },
          );
        }
      });
    },
  };
}

/** GET is for queries only (contract, "Endpoints"); Yoga itself refuses mutations. */
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
        throw new GraphQLError('GET is for queries only; subscribe by POST or over a WebSocket.', {
          extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { Allow: 'POST' } } },
        });
      };
    },
  };
}

/**
 * The field of a subscription cannot be skipped: the specification forbids it, and graphql-js falls over a subscription without a field, and
 * over variables in such a directive.
 */
export function useWholeSubscriptions(): Plugin {
  return {
    onParse() {
      return ({ result }) => {
        if (result === null || !('definitions' in result)) return;
        const document = result as DocumentNode;
        const fragments = toFragments(document);
        for (const definition of document.definitions) {
          if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
          if (definition.operation !== OperationTypeNode.SUBSCRIPTION) continue;
          if (!hasConditions(definition.selectionSet, fragments)) continue;
          throw new GraphQLError('The field of a subscription takes no @skip and no @include.', {
            nodes: definition,
            extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400, spec: true } },
          });
        }
      };
    },
  };
}

/** Tells whether something at the root of an operation is there under a condition only. */
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

/** Only JSON bodies: a form or plain text can be posted by any web page without asking. */
export function useJsonOnly(): Plugin {
  return {
    onRequest({ request, endResponse, fetchAPI }) {
      if (request.method !== 'POST') return;
      const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
      if (type === 'application/json') return;
      const errors = [{ message: 'Send application/json.', extensions: { code: 'BAD_REQUEST' } }];
      endResponse(fetchAPI.Response.json({ errors }, { status: 415 }));
    },
  };
}

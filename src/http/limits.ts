import { type DocumentNode, GraphQLError, Kind, OperationTypeNode, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';

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

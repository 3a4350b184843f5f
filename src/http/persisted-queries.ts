import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** How clients name a stored document beside `extensions.persistedQuery`; Relay's network layers use these. */
export const DOCUMENT_IDS = ['id', 'documentId', 'doc_id'] as const;

/**
 * Refuses operations that name a stored document instead of carrying one: this server stores none. The message is the
 * one that Apollo's and urql's links look for; both send the document then.
 */
export function usePersistedQueryRefusal(): Plugin {
  return {
    onParams({ params, request }) {
      const named = request.method === 'GET' ? { ...params, ...readDocumentIds(request.url) } : params;
      if (namesStoredDocument(named)) throw persistedQueryNotSupported();
    },
  };
}

/** Whether the parameters of an operation name a stored document and have no document of their own. */
export function namesStoredDocument(params: unknown): params is Record<string, unknown> {
  if (!isObject(params) || (params.query !== undefined && params.query !== null && params.query !== '')) {
    return false;
  }
  const { extensions } = params;
  const hasHash = isObject(extensions) && isNamed(extensions.persistedQuery);
  return hasHash || DOCUMENT_IDS.some((name) => isNamed(params[name]));
}

/** Caches must not keep it: another server, or a later version, may know the document. */
export function persistedQueryNotSupported(): GraphQLError {
  return new GraphQLError('PersistedQueryNotSupported', {
    extensions: {
      code: 'PERSISTED_QUERY_NOT_SUPPORTED',
      http: { status: 400, spec: true, headers: { 'cache-control': 'no-store' } },
    },
  });
}

/** Yoga reads only the parameters of GraphQL over HTTP from a URL. */
function readDocumentIds(url: string): Record<string, string | null> {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  return Object.fromEntries(DOCUMENT_IDS.map((name) => [name, parameters.get(name)]));
}

const isNamed = (value: unknown) => value !== undefined && value !== null && value !== '';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';

/** How clients name a stored document beside `extensions.persistedQuery`; Relay's network layers use these. */
export const DOCUMENT_IDS = ['id', 'documentId', 'doc_id'] as const;

/**
 * Refuses operations that name a stored document instead of containing one: this server stores
 * none. Apollo's and urql's links recognise the message and then send the document.
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

/** The refusal of a stored document. Caches must not keep it: a later version may know the document. */
export function persistedQueryNotSupported(): GraphQLError {
  const refusal = new Refusal('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
  const headers = { 'cache-control': 'no-store' };
  return toGraphqlError(refusal, { status: 400, spec: true, headers });
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

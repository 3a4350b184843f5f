import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';

/** Parameters for the id of a stored document in Relay's network layers. */
export const DOCUMENT_IDS = ['id', 'documentId', 'doc_id'] as const;

/**
 * Refuses operations that name a stored document instead of containing one, because this
 * server stores none. Apollo's and urql's clients then send the document.
 */
export function usePersistedQueryRefusal(): Plugin {
  return {
    onParams({ params, request }) {
      const named = request.method === 'GET' ? { ...params, ...readDocumentIds(request.url) } : params;
      if (namesStoredDocument(named)) throw persistedQueryNotSupported();
    },
  };
}

/** Returns whether an operation names a stored document and contains no document. */
export function namesStoredDocument(params: unknown): params is Record<string, unknown> {
  if (!isObject(params) || (params.query !== undefined && params.query !== null && params.query !== '')) {
    return false;
  }
  const { extensions } = params;
  const hasHash = isObject(extensions) && isNamed(extensions.persistedQuery);
  return hasHash || DOCUMENT_IDS.some((name) => isNamed(params[name]));
}

/** Returns the refusal of a stored document. Caches must not store it. */
export function persistedQueryNotSupported(): GraphQLError {
  const refusal = new Refusal('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
  const headers = { 'cache-control': 'no-store' };
  return toGraphqlError(refusal, { status: 400, spec: true, headers });
}

/** Reads document ids from a URL, which Yoga does not. */
function readDocumentIds(url: string): Record<string, string | null> {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  return Object.fromEntries(DOCUMENT_IDS.map((name) => [name, parameters.get(name)]));
}

const isNamed = (value: unknown) => value !== undefined && value !== null && value !== '';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

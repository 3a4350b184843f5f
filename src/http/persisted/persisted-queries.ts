import { type GraphQLError, validate } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { Refusal, type RefusalCode } from '../../domain/refusal.ts';
import { parseDocument } from '../../execution/document-limits.ts';
import { toGraphqlError } from '../../graphql/refusal-error.ts';
import { schema } from '../../graphql/schema.ts';
import type { PersistedOperations } from './read-operations.ts';

/** Parameters for the id of a stored document in Relay's network layers. */
export const DOCUMENT_IDS = ['id', 'documentId', 'doc_id'] as const;

export interface PersistedSettings {
  /** The stored documents; undefined on a server that stores none. */
  persistedOperations: PersistedOperations | undefined;
  /** Whether other documents are refused. */
  persistedOnly: boolean;
  /** The documents of the dashboard and of this project's programs, which are never refused. */
  ownDocuments?: readonly string[];
}

/**
 * Finds the document of an operation, on every transport. An operation contains its document,
 * or names a stored one by its hash: Apollo's and urql's clients in `extensions.persistedQuery`,
 * Relay's as an id. Yoga's plugin for persisted operations knows HTTP only.
 */
export class DocumentSource {
  readonly #operations: PersistedOperations | undefined;
  /** The texts of the stored documents, and the service's own ones. */
  readonly #known: ReadonlySet<string>;
  readonly #isOnly: boolean;

  constructor({ persistedOperations, persistedOnly, ownDocuments = [] }: PersistedSettings) {
    this.#operations = persistedOperations ?? (persistedOnly ? new Map() : undefined);
    this.#known = new Set([...(persistedOperations?.values() ?? []), ...ownDocuments]);
    this.#isOnly = persistedOnly;
  }

  /**
   * Returns the document that an operation contains or names; undefined if it does neither. Throws
   * PERSISTED_QUERY_NOT_SUPPORTED, PERSISTED_QUERY_NOT_FOUND or PERSISTED_ONLY.
   */
  find(params: unknown): string | undefined {
    if (!isObject(params)) return undefined;
    const { query } = params;
    if (typeof query === 'string' && query !== '') return this.#admit(query);
    if (!namesStoredDocument(params)) return undefined;
    if (this.#operations === undefined) {
      throw refuse('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
    }
    const document = listHashes(params).map((hash) => this.#operations?.get(hash));
    const [found] = document.filter((text) => text !== undefined);
    if (found === undefined) throw refuse('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
    return found;
  }

  /** The stored documents, and the service's own ones. */
  get known(): Iterable<string> {
    return this.#known;
  }

  #admit(document: string): string {
    if (!this.#isOnly || this.#known.has(document)) return document;
    throw refuse('PERSISTED_ONLY', 'This server executes only documents that it has stored.');
  }
}

/** Replaces the name of a stored document by the document, over HTTP. */
export function usePersistedQueries(documents: DocumentSource): Plugin {
  return {
    onParams({ params, request, setParams }) {
      const named = request.method === 'GET' ? { ...params, ...readDocumentIds(request.url) } : params;
      const query = documents.find(named);
      if (query !== undefined && query !== params.query) setParams({ ...params, query } as GraphQLParams);
    },
  };
}

/** Throws a Misconfiguration that lists the stored documents which the schema refuses. */
export function checkPersistedOperations(operations: PersistedOperations | undefined): void {
  const problems = [...(operations ?? [])].flatMap(([hash, document]) =>
    listDocumentProblems(document).map((problem) => `PERSISTED_OPERATIONS: "${hash}": ${problem}`),
  );
  if (problems.length > 0) throw new Misconfiguration(problems);
}

function listDocumentProblems(document: string): string[] {
  try {
    return validate(schema, parseDocument(document)).map(({ message }) => message);
  } catch (failure) {
    return [failure instanceof Error ? failure.message : String(failure)];
  }
}

/** Returns whether an operation names a stored document and contains no document. */
export function namesStoredDocument(params: unknown): params is Record<string, unknown> {
  if (!isObject(params) || (params.query !== undefined && params.query !== null && params.query !== '')) {
    return false;
  }
  return listNames(params).some((name) => name !== undefined && name !== null && name !== '');
}

/** Returns what may name a stored document. */
function listNames({ extensions, ...params }: Record<string, unknown>): unknown[] {
  const inExtensions = isObject(extensions) ? extensions.persistedQuery : undefined;
  return [inExtensions, ...DOCUMENT_IDS.map((name) => params[name])];
}

/** Returns the hashes by which an operation names documents. An id may have a prefix. */
function listHashes(params: Record<string, unknown>): string[] {
  return listNames(params)
    .map((name) => (isObject(name) ? name.sha256Hash : name))
    .filter((hash) => typeof hash === 'string')
    .map((hash) => hash.replace(/^sha256:/, ''));
}

/** Returns the refusal of a document. Caches must not store it. */
function refuse(code: RefusalCode & `PERSISTED_${string}`, message: string): GraphQLError {
  const headers = { 'cache-control': 'no-store' };
  return toGraphqlError(new Refusal(code, message), { status: 400, spec: true, headers });
}

/** Reads document ids from a URL, which Yoga does not. */
function readDocumentIds(url: string): Record<string, string | null> {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  return Object.fromEntries(DOCUMENT_IDS.map((name) => [name, parameters.get(name)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

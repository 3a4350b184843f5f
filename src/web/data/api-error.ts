import type { CombinedError } from '@urql/core';

/** A failed operation. `code` is the API's, or NETWORK if no answer arrived. */
export interface ApiError {
  code: string;
  message: string;
}

const NETWORK: ApiError = { code: 'NETWORK', message: 'The server cannot be reached.' };

/** Codes after which the same operation may succeed later. */
const TEMPORARY = ['NETWORK', 'UNAVAILABLE', 'RATE_LIMITED'];

/** Converts an error of the client; the first error of an answer decides. */
export function toApiError({ graphQLErrors, networkError }: CombinedError): ApiError {
  const [first] = graphQLErrors;
  if (first !== undefined) {
    return { code: String(first.extensions.code ?? 'UNKNOWN'), message: first.message };
  }
  if (networkError instanceof SyntaxError) return { code: 'BAD_ANSWER', message: networkError.message };
  return NETWORK;
}

/** Returns whether an operation may succeed when it is repeated. */
export function isTemporary({ code }: ApiError): boolean {
  return TEMPORARY.includes(code);
}

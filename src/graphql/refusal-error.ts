import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import type { Refusal, RefusalCode, StatusOf } from '../domain/refusal.ts';

/** What an answer over HTTP has besides its body. Yoga reads it from `extensions.http`. */
export interface HttpAnswer<Code extends RefusalCode> {
  status?: StatusOf<Code>;
  /** Whether the status is sent with `application/graphql-response+json` only. */
  spec?: boolean;
  headers?: Readonly<Record<string, string>>;
}

/** The place of an error in the document and in the answer. */
export type ErrorPlace = Pick<GraphQLErrorOptions, 'nodes' | 'source' | 'positions' | 'path'>;

/**
 * Converts a refusal to the error that GraphQL answers with. Every transport uses this function, so
 * no other place builds an error with a code. A refusal with `retryAfterMs` has `Retry-After`.
 */
export function toGraphqlError<Code extends RefusalCode>(
  { code, message, details }: Refusal<Code>,
  http: HttpAnswer<Code> = {},
  place: ErrorPlace = {},
): GraphQLError {
  const { retryAfterMs } = details;
  const headers = {
    ...http.headers,
    ...(typeof retryAfterMs === 'number' && toRetryAfter(retryAfterMs)),
  };
  const answer = { ...http, ...(Object.keys(headers).length > 0 && { headers }) };
  const extensions = { ...details, code, ...(Object.keys(answer).length > 0 && { http: answer }) };
  return new GraphQLError(message, { ...place, extensions });
}

/** Adds a code to an error of graphql-js, which has none of its own. */
export function setDefaultCode(error: GraphQLError, code: RefusalCode): void {
  error.extensions.code ??= code;
}

/** Returns the header `Retry-After`, which has whole seconds. */
export function toRetryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.ceil(ms / 1_000)) };
}

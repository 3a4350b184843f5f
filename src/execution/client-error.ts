import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { Refusal } from '../domain/refusal.ts';
import { Busy, toFailureCode } from '../store/database/failure.ts';

/**
 * What a client sees of an error, on every transport: refusals with their code, what graphql-js refuses with a code too, and
 * everything else masked, with a request id that the log has beside the whole error.
 */
export function toClientError(error: unknown, log: Logger): GraphQLError {
  const graphqlError = error instanceof GraphQLError ? error : undefined;
  const cause = graphqlError === undefined ? error : toCause(graphqlError);
  if (cause instanceof Refusal) {
    const code = cause instanceof Busy ? 'TIMEOUT' : cause.code;
    if (code === 'UNAVAILABLE') {
      log.warn({ err: toLoggable(cause.cause) }, 'a request met an unavailable database');
    }
    const extensions = { ...cause.details, code, ...toHttp(cause) };
    return copyError(graphqlError, cause.message, extensions);
  }
  if (graphqlError !== undefined && cause === undefined) {
    graphqlError.extensions.code ??= 'BAD_USER_INPUT';
    return graphqlError;
  }
  const requestId = randomUUID();
  log.error({ err: toLoggable(cause), requestId }, 'a request failed');
  return copyError(graphqlError, `Unexpected error. The log has it under ${requestId}.`, {
    code: 'INTERNAL_SERVER_ERROR',
    requestId,
  });
}

/** What a refusal adds to an answer over HTTP: `Retry-After` where it says when to come back. */
function toHttp({ details: { retryAfterMs } }: Refusal): { http?: { headers: Record<string, string> } } {
  return typeof retryAfterMs === 'number' ? { http: { headers: toRetryAfter(retryAfterMs) } } : {};
}

/** The header has whole seconds. */
export function toRetryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.ceil(ms / 1_000)) };
}

/**
 * An error as the log may show it. Those of the database and of Drizzle carry statements, parameters and values in their
 * messages, so of these only the code and the places in the program are shown: the log names no payload.
 */
function toLoggable(error: unknown): unknown {
  const code = toFailureCode(error);
  if (!(error instanceof Error) || (code === undefined && error.cause === undefined)) return error;
  const places = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return { type: error.name, code, stack: places.join('\n') };
}

/** What was thrown below the errors that graphql-js wraps around it; undefined for an error of graphql-js itself. */
function toCause(error: GraphQLError): Error | undefined {
  const original = error.originalError;
  return original instanceof GraphQLError ? toCause(original) : original;
}

function copyError(
  error: GraphQLError | undefined,
  message: string,
  extensions: Record<string, unknown>,
): GraphQLError {
  const nodes = error?.nodes ?? null;
  const source = error?.source ?? null;
  const positions = error?.positions ?? null;
  return new GraphQLError(message, { nodes, source, positions, path: error?.path ?? null, extensions });
}

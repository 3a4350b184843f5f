import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { Refusal } from '../domain/refusal.ts';
import { type ErrorPlace, setDefaultCode, toGraphqlError } from '../graphql/refusal-error.ts';
import { RequestIds } from '../graphql/request-ids.ts';
import { toFailureCode } from '../store/database/failure.ts';

/** The most characters of a message of graphql-js. */
const MAX_MESSAGE = 1_000;

/**
 * Converts an error to one that a client may see, on every transport. Refusals and errors of
 * graphql-js keep their message and have a code. Every other error is masked; its request id
 * refers to the whole error in the log. `ids` are those of the request, if it is known. An error
 * that was converted before stays as it is.
 */
export function toClientError(error: unknown, log: Logger, ids = new RequestIds()): GraphQLError {
  if (error instanceof GraphQLError && converted.has(error)) return error;
  const shown = convert(error, log, ids);
  converted.add(shown);
  return shown;
}

/** The errors that were converted, because several stages of an answer convert errors. */
const converted = new WeakSet<GraphQLError>();

function convert(error: unknown, log: Logger, ids: RequestIds): GraphQLError {
  const graphqlError = error instanceof GraphQLError ? error : undefined;
  const cause = graphqlError === undefined ? error : toCause(graphqlError);
  if (cause instanceof Refusal) {
    if (cause.code === 'UNAVAILABLE') {
      const line = { err: toLoggable(cause.cause), ...ids.toLine() };
      log.warn(line, 'a request failed because the database is unavailable');
    }
    return toGraphqlError(cause, {}, toPlace(graphqlError));
  }
  if (graphqlError !== undefined && cause === undefined) {
    setDefaultCode(graphqlError, 'BAD_USER_INPUT');
    return cutMessage(graphqlError);
  }
  const { requestId } = ids;
  log.error({ err: toLoggable(cause), ...ids.toLine() }, 'a request failed');
  const message = `Unexpected error. The log has it under ${requestId}.`;
  const fault = new Refusal('INTERNAL_SERVER_ERROR', message, { requestId });
  return toGraphqlError(fault, {}, toPlace(graphqlError));
}

/** Cuts a long message of graphql-js, which may quote a value of any size. */
function cutMessage(error: GraphQLError): GraphQLError {
  if (error.message.length <= MAX_MESSAGE) return error;
  const message = `${error.message.slice(0, MAX_MESSAGE)}…`;
  return new GraphQLError(message, { ...toPlace(error), extensions: error.extensions });
}

/**
 * Converts an error for the log. Messages of the database and of Drizzle contain statements,
 * parameters and values, so only the code and the stack of such an error are logged.
 */
function toLoggable(error: unknown): unknown {
  const code = toFailureCode(error);
  if (!(error instanceof Error) || (code === undefined && error.cause === undefined)) return error;
  const places = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return { type: error.name, code, stack: places.join('\n') };
}

/** Returns the cause of a GraphQLError; undefined if graphql-js itself made the error. */
function toCause(error: GraphQLError): Error | undefined {
  const original = error.originalError;
  return original instanceof GraphQLError ? toCause(original) : original;
}

function toPlace(error: GraphQLError | undefined): ErrorPlace {
  return {
    nodes: error?.nodes ?? null,
    source: error?.source ?? null,
    positions: error?.positions ?? null,
    path: error?.path ?? null,
  };
}

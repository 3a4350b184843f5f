import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphContext } from '../graphql/context.ts';
import type { RequestIds } from '../graphql/request-ids.ts';

/** Converts an error to one that a client may see; the log has its cause under the ids. */
export type ToShownError = (error: unknown, ids?: RequestIds) => GraphQLError;

/**
 * Converts the errors of results. Yoga's own conversion does not know the request, and leaves
 * these errors as they are.
 */
export function useShownErrors(toShown: ToShownError): Plugin {
  const convert = (result: unknown, context: unknown): ExecutionResult | undefined => {
    const { errors, ...others } = result as ExecutionResult;
    const { ids } = context as GraphContext;
    return errors && { ...others, errors: errors.map((error) => toShown(error, ids)) };
  };
  return {
    onExecute: ({ args }) => ({
      onExecuteDone({ result, setResult }) {
        const shown = convert(result, args.contextValue);
        if (shown !== undefined) setResult(shown);
      },
    }),
    onSubscribe: ({ args }) => ({
      onSubscribeResult({ result, setResult }) {
        const shown = convert(result, args.contextValue);
        if (shown !== undefined) setResult(shown);
      },
    }),
  };
}

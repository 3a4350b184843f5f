import type { GraphQLError } from 'graphql';
import type { GraphContext } from '../graphql/context.ts';
import type { RequestIds } from '../graphql/request-ids.ts';
import { isStream, type Stage, whenDone } from './operation-stages.ts';

/** Converts an error to one that a client may see; the log has its cause under the ids. */
export type ToShownError = (error: unknown, ids?: RequestIds) => GraphQLError;

/**
 * Converts the errors of results. Yoga's own conversion does not know the request, and leaves
 * these errors as they are.
 */
export function showErrors(toShown: ToShownError): Stage {
  return (run) => (args) =>
    whenDone(run(args), (result) => {
      if (isStream(result) || result.errors === undefined) return result;
      const { errors, ...others } = result;
      const { ids } = args.contextValue as GraphContext;
      return { ...others, errors: errors.map((error) => toShown(error, ids)) };
    });
}

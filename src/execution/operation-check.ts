import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Checks every operation before it is executed, subscriptions included, on every transport. If the
 * check returns errors, they are the answer.
 */
export function useOperationCheck(check: (args: ExecutionArgs) => readonly GraphQLError[]): Plugin {
  const refuse = ({
    args,
    setResultAndStopExecution,
  }: {
    args: ExecutionArgs;
    setResultAndStopExecution(result: { errors: readonly GraphQLError[] }): void;
  }) => {
    const errors = check(args);
    if (errors.length > 0) setResultAndStopExecution({ errors });
  };
  return { onExecute: refuse, onSubscribe: refuse };
}

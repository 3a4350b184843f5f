import type { ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Checks operations of every transport before execution; errors replace the result. */
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

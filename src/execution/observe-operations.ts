import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Calls `start` before each operation, on every transport, and the function that it returns when
 * the operation has a result: of a subscription, when it has started. Must be the first plugin with
 * these hooks, so that it also sees the operations that another plugin refuses.
 */
export function observeOperations(start: (args: ExecutionArgs) => (isOk: boolean) => void): Plugin {
  const isOk = (result: object) => !('errors' in result) || result.errors === undefined;
  return {
    onExecute({ args }) {
      const finish = start(args);
      return { onExecuteDone: ({ result }) => finish(isOk(result)) };
    },
    onSubscribe({ args }) {
      const finish = start(args);
      return { onSubscribeResult: ({ result }) => finish(isOk(result)) };
    },
  };
}

import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** The result of a query or mutation. Of a subscription, its stream, or why it has not started. */
export type OperationResult = ExecutionResult | AsyncIterable<ExecutionResult>;

/** Executes an operation, or starts a subscription. */
export type Run = (args: ExecutionArgs) => OperationResult | Promise<OperationResult>;

/**
 * A stage that every valid operation passes, on every transport. It may refuse instead of calling
 * `run`, and may observe or replace the result.
 */
export type Stage = (run: Run) => Run;

/**
 * Runs operations through stages, the first one outermost. `execute` is for queries and mutations.
 * The stages are composed once, because a hook of a Yoga plugin costs more than most stages do.
 */
export function useOperationStages(stages: readonly Stage[], execute: Run, subscribe: Run): Plugin {
  const compose = (run: Run) => stages.reduceRight((inner, stage) => stage(inner), run);
  const executeFn = compose(execute);
  const subscribeFn = compose(subscribe);
  return {
    onExecute: ({ setExecuteFn }) => setExecuteFn(executeFn),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribeFn),
  };
}

/** Refuses the operations for which `check` returns errors. */
export function refuse(check: (args: ExecutionArgs) => readonly GraphQLError[]): Stage {
  return (run) => (args) => {
    const errors = check(args);
    return errors.length > 0 ? { errors } : run(args);
  };
}

/**
 * Calls `start` before each operation, and the function that it returns when the operation has a
 * result: of a subscription, when it has started.
 */
export function observe(start: (args: ExecutionArgs) => (isOk: boolean) => void): Stage {
  return (run) => (args) => {
    const finish = start(args);
    return whenDone(run(args), (result) => {
      finish(isOk(result));
      return result;
    });
  };
}

/** Passes a result to `next`: at once, or when its promise resolves. Failures pass unchanged. */
export function whenDone(
  result: OperationResult | Promise<OperationResult>,
  next: (result: OperationResult) => OperationResult,
): OperationResult | Promise<OperationResult> {
  return result instanceof Promise ? result.then(next) : next(result);
}

/** Returns whether an operation succeeded, or a subscription started. */
export function isOk(result: OperationResult): boolean {
  return !('errors' in result) || result.errors === undefined;
}

/** Returns whether a result is the stream of a subscription. */
export function isStream(result: unknown): result is AsyncIterable<ExecutionResult> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

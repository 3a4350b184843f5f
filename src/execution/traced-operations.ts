import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { OpenSpan, Tracing } from '../tracing/tracing.ts';
import { observeOperations } from './observe-operations.ts';

/**
 * Gives each operation a span, on every transport. `first` observes operations. `last` must follow
 * the plugins that set an execute function, so that the statements of the operation are inside its
 * span.
 */
export function useTracedOperations(tracing: Tracing): { first: Plugin; last: Plugin } {
  /** The open spans, by the context value of their operation. */
  const spans = new WeakMap<object, OpenSpan>();
  const start = ({ document, operationName, contextValue }: ExecutionArgs) => {
    const operation = getOperationAST(document, operationName);
    const { request } = contextValue as { request?: Request };
    const span = tracing.startOperation(
      operation?.operation ?? 'query',
      operation?.name?.value,
      request?.headers.get('traceparent'),
    );
    spans.set(contextValue as object, span);
    return (isOk: boolean) => span.end(isOk);
  };
  const within = (work: (args: ExecutionArgs) => unknown) => (args: ExecutionArgs) => {
    const span = spans.get(args.contextValue as object);
    return span === undefined ? work(args) : span.run(() => work(args));
  };
  return {
    first: observeOperations(start),
    last: {
      onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn(within(executeFn)),
      onSubscribe: ({ subscribeFn, setSubscribeFn }) => setSubscribeFn(within(subscribeFn)),
    },
  };
}

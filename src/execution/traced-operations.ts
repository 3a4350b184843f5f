import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { OpenSpan, Tracing } from '../tracing/tracing.ts';

/**
 * Gives each operation a span, on every transport. `first` must be the first plugin, so that it
 * also sees refused operations. `last` must follow those that set an execute function, so that the
 * statements of the operation are inside its span.
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
    return (result: object) => span.end(!('errors' in result) || result.errors === undefined);
  };
  const within = (work: (args: ExecutionArgs) => unknown) => (args: ExecutionArgs) => {
    const span = spans.get(args.contextValue as object);
    return span === undefined ? work(args) : span.run(() => work(args));
  };
  return {
    first: {
      onExecute({ args }) {
        const end = start(args);
        return { onExecuteDone: ({ result }) => end(result) };
      },
      onSubscribe({ args }) {
        const end = start(args);
        return { onSubscribeResult: ({ result }) => end(result) };
      },
    },
    last: {
      onExecute: ({ executeFn, setExecuteFn }) => setExecuteFn(within(executeFn)),
      onSubscribe: ({ subscribeFn, setSubscribeFn }) => setSubscribeFn(within(subscribeFn)),
    },
  };
}

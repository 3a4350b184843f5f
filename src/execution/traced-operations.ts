import { getOperationAST } from 'graphql';
import type { Tracing } from '../tracing/tracing.ts';
import { isOk, type Stage, whenDone } from './operation-stages.ts';

/** Gives each operation a span, on every transport. Its statements are inside the span. */
export function traceOperations(tracing: Tracing): Stage {
  return (run) => (args) => {
    const operation = getOperationAST(args.document, args.operationName);
    const { request } = args.contextValue as { request?: Request };
    const span = tracing.startOperation(
      operation?.operation ?? 'query',
      operation?.name?.value,
      request?.headers.get('traceparent'),
    );
    return whenDone(
      span.run(() => run(args)),
      (result) => {
        span.end(isOk(result));
        return result;
      },
    );
  };
}

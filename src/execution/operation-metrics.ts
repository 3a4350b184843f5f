import { type ExecutionArgs, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import type { KnownOperations } from './known-operations.ts';

/**
 * Measures each executed operation, on every transport. Must be the first plugin with these hooks,
 * so that it also sees the operations that another plugin refuses.
 */
export function useOperationMetrics(metrics: ServiceMetrics, known: KnownOperations): Plugin {
  const start = ({ document, operationName }: ExecutionArgs) => {
    const startedAt = performance.now();
    const type = getOperationAST(document, operationName)?.operation ?? 'query';
    return (result: object) => {
      const isOk = !('errors' in result) || result.errors === undefined;
      const seconds = (performance.now() - startedAt) / 1_000;
      metrics.recordOperation(known.nameOf(document, operationName), type, isOk, seconds);
    };
  };
  return {
    onExecute({ args }) {
      const finish = start(args);
      return { onExecuteDone: ({ result }) => finish(result) };
    },
    onSubscribe({ args }) {
      const finish = start(args);
      return { onSubscribeResult: ({ result }) => finish(result) };
    },
  };
}

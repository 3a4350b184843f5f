import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import type { KnownOperations } from './known-operations.ts';
import { observeOperations } from './observe-operations.ts';

/** Measures each executed operation, on every transport. */
export function useOperationMetrics(metrics: ServiceMetrics, known: KnownOperations): Plugin {
  return observeOperations(({ document, operationName }) => {
    const startedAt = performance.now();
    const type = getOperationAST(document, operationName)?.operation ?? 'query';
    return (isOk) => {
      const seconds = (performance.now() - startedAt) / 1_000;
      metrics.recordOperation(known.nameOf(document, operationName), type, isOk, seconds);
    };
  });
}

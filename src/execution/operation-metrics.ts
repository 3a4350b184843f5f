import { getOperationAST } from 'graphql';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import type { KnownOperations } from './known-operations.ts';
import { observe, type Stage } from './operation-stages.ts';

/** Measures each operation, on every transport. */
export function measureOperations(metrics: ServiceMetrics, known: KnownOperations): Stage {
  return observe(({ document, operationName }) => {
    const startedAt = performance.now();
    const type = getOperationAST(document, operationName)?.operation ?? 'query';
    return (isOk) => {
      const seconds = (performance.now() - startedAt) / 1_000;
      metrics.recordOperation(known.nameOf(document, operationName), type, isOk, seconds);
    };
  });
}

import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * How often the delay of the event loop is measured. It is part of the delay, so an idle process
 * shows 50 ms. The default of 10 ms takes half of the CPU of an idle process.
 */
const LAG_INTERVAL_MS = 50;

let registry: Registry | undefined;

/** Starts to observe the process, once: its observers cannot be removed. */
export function observeProcess(): void {
  if (registry !== undefined) return;
  registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_INTERVAL_MS });
}

/** Returns the metrics of this process, of its event loop and of its garbage collection. */
export async function readProcessMetrics(): Promise<string> {
  observeProcess();
  return (await registry?.metrics()) ?? '';
}

import { collectDefaultMetrics, Registry } from 'prom-client';

let registry: Registry | undefined;

/** Starts to observe the process, once: its observers cannot be removed. */
export function observeProcess(): void {
  if (registry !== undefined) return;
  registry = new Registry();
  collectDefaultMetrics({ register: registry });
}

/** Returns the metrics of this process, of its event loop and of its garbage collection. */
export async function readProcessMetrics(): Promise<string> {
  observeProcess();
  return (await registry?.metrics()) ?? '';
}

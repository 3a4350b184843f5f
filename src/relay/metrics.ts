import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { OUTCOMES } from 'qlik-event-graph-ingest';
import type { Spool } from './spool/open-spool.ts';

export const DELIVERY_OUTCOMES = ['accepted', 'unauthorized', 'malformed', 'refused'] as const;

export type RelayMetrics = ReturnType<typeof createMetrics>;

/** Creates the metrics of the relay (README, "Relay"). No label contains an id or a payload. */
export function createMetrics(spool: Spool) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const deliveries = new Counter({
    name: 'qeg_relay_deliveries_total',
    help: 'Deliveries by answer: 204, 401, another 4xx, 503.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'qeg_relay_events_total',
    help: 'Events by the outcome in their receipts.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of DELIVERY_OUTCOMES) deliveries.inc({ outcome }, 0);
  for (const outcome of OUTCOMES) events.inc({ outcome: outcome.toLowerCase() }, 0);
  const rejected = new Counter({
    name: 'qeg_relay_rejected_total',
    help: 'Events appended to rejected.ndjson.',
    registers: [registry],
  });
  new Gauge({
    name: 'qeg_relay_spool_bytes',
    help: 'Bytes of accepted deliveries that are not confirmed yet.',
    registers: [registry],
    collect() {
      this.set(spool.bytes);
    },
  });
  new Gauge({
    name: 'qeg_relay_spool_oldest_seconds',
    help: 'Age of the oldest event that is not confirmed yet; 0 if there is none.',
    registers: [registry],
    async collect() {
      const at = await spool.readOldest().catch(() => undefined);
      this.set(at === undefined ? 0 : Math.max(0, Date.now() - at) / 1_000);
    },
  });
  return { registry, deliveries, events, rejected };
}

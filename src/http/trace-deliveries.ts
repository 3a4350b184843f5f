import { LruCache } from '../domain/lru-cache.ts';
import { isJsonObject, type JsonValue } from '../domain/values/json.ts';
import type { DeliveryReport } from '../metrics/service-metrics.ts';
import type { Tracing } from '../tracing/tracing.ts';

/** The most events that are remembered as delivered. */
const MAX_EVENTS = 10_000;

/**
 * Returns a function that records a span for the first delivery of each live event by this server.
 * `readBody` returns the event as sent, which contains its `traceparent`.
 */
export function traceDeliveries(
  tracing: Tracing,
  readBody: (tenantId: string, position: number) => Promise<JsonValue | undefined>,
): (report: DeliveryReport) => void {
  const delivered = new LruCache<string, true>(MAX_EVENTS);
  return ({ field, event, since }) => {
    const { tenantId, position, type } = event;
    const key = `${position}\n${tenantId}`;
    const receivedAt = Date.parse(event.receivedAt);
    if (receivedAt < since || delivered.get(key) === true) return;
    delivered.set(key, true);
    const deliveredAt = Date.now();
    // Not awaited: the event is with its subscribers already.
    void readBody(tenantId, position).then(
      (body) =>
        tracing.recordDelivery({ field, type, traceparent: toTraceparent(body), receivedAt, deliveredAt }),
      () => undefined,
    );
  };
}

/** Returns the extension `traceparent` of an event; the envelope 0.1 has it in `extensions`. */
function toTraceparent(body: JsonValue | undefined): unknown {
  if (body === undefined || !isJsonObject(body)) return undefined;
  const { traceparent, extensions } = body;
  return traceparent ?? (isJsonObject(extensions) ? extensions.traceparent : undefined);
}

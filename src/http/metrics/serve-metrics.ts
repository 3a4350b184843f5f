import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../../domain/refusal.ts';
import { schema } from '../../graphql/schema.ts';
import type { IngestQueue } from '../../ingest/open-ingest-queue.ts';
import { QuarantineCount } from '../../metrics/quarantine-count.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import type { Database } from '../../store/database/database.ts';
import { countQuarantined } from '../../store/read/quarantine.ts';
import { refuse, refuseAdmission } from '../answer.ts';
import { chooseCoding, compress } from '../coding/content-coding.ts';
import { type Gate, toBearerToken } from '../identity/gate.ts';

export const METRICS_PATH = '/metrics';

interface MetricsParts {
  metrics: ServiceMetrics;
  database: Database;
  ingestQueue: IngestQueue;
  gate: Gate;
  /** Whether the server verifies no tokens. It listens on loopback then. */
  isOpen: boolean;
  /** A token that may read the metrics and nothing else. */
  metricsToken: string | undefined;
}

/** Returns a function that answers requests for the metrics. */
export function createMetricsHandler(parts: MetricsParts) {
  const { metrics, database, ingestQueue } = parts;
  const quarantined = new QuarantineCount(() => countQuarantined(database.acrossTenants));
  metrics.addGauges({
    queueBytes: () => ingestQueue.bytes,
    isDatabaseUp: () => database.isAvailable(),
    listPools: () => database.listPools(),
    countQuarantined: () => quarantined.read(),
  });
  metrics.addFields(Object.keys(schema.getSubscriptionType()?.getFields() ?? {}));
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '' } = request;
    if (!['GET', 'HEAD'].includes(method)) {
      return refuse(response, 405, 'BAD_REQUEST', 'Metrics are read by GET.', { allow: 'GET, HEAD' });
    }
    const refusal = await findRefusal(parts, request);
    if (refusal?.code === 'FORBIDDEN') return refuse(response, 403, refusal.code, refusal.message);
    if (refusal !== undefined) return refuseAdmission(response, refusal);
    const text = await metrics.read();
    const coding = chooseCoding(request.headers['accept-encoding'], Buffer.byteLength(text));
    const body = coding === 'identity' ? text : await compress(text, coding);
    response.writeHead(200, {
      'content-type': metrics.contentType,
      ...(coding !== 'identity' && { 'content-encoding': coding }),
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      vary: 'accept-encoding',
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
}

/** Returns why a caller may not read the metrics; undefined if it may. */
async function findRefusal(
  { isOpen, metricsToken, gate }: MetricsParts,
  { headers, socket }: IncomingMessage,
): Promise<Refusal | undefined> {
  if (isOpen) return undefined;
  const token = toBearerToken(headers.authorization);
  if (metricsToken !== undefined && token !== undefined && isSame(token, metricsToken)) return undefined;
  const admission = await gate(headers.authorization, undefined, socket.remoteAddress);
  if (admission instanceof Refusal) return admission;
  if (admission.toCaller().scopes.includes('events:admin')) return undefined;
  return new Refusal('FORBIDDEN', 'Metrics need a token with the scope events:admin, or METRICS_TOKEN.');
}

/** Compares in a time that says nothing about the secret. */
function isSame(token: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(token), hash(secret));
}

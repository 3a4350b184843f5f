import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { isLoopback } from '../../domain/loopback.ts';
import type { RelayMetrics } from '../metrics.ts';
import { type Spool, SpoolFull } from '../spool/open-spool.ts';
import { answer, RefusedDelivery } from './answer.ts';
import { toContentMode } from './content-type.ts';
import { parseDelivery } from './parse-delivery.ts';
import { BodyReader } from './read-body.ts';
import { isSignature, isSignedBy } from './signature.ts';

const UNSIGNED = 'The header Qlik-Signature is missing or does not fit the body.';
/** A failing disk is logged once in this time, not once per delivery. */
const LOG_EVERY_MS = 60_000;

export interface DeliverySettings {
  /** The secrets of webhooks, each of which may have signed a delivery. */
  secrets: readonly string[];
  /** Whether deliveries without a signature are taken, from this machine. */
  acceptsUnsigned: boolean;
  maxEventBytes: number;
}

interface Parts extends DeliverySettings {
  spool: Spool;
  metrics: RelayMetrics;
  log: Logger;
}

const OUTCOME_OF = {
  401: 'unauthorized',
  503: 'refused',
  400: 'malformed',
  413: 'malformed',
  415: 'malformed',
};

/**
 * Returns the handler of deliveries. It answers 204 once every event of a delivery is on disk.
 * The signature is checked before the body is parsed; what the headers alone show (no signature,
 * an unusable type, too many bytes) is refused before the body is read.
 */
export function receiveDeliveries(parts: Parts) {
  const { metrics, log } = parts;
  const reader = new BodyReader();
  const logFailure = toFailureLog(log);
  return async (request: IncomingMessage, response: ServerResponse, isDraining: boolean): Promise<void> => {
    try {
      if (isDraining) throw new RefusedDelivery(503, 'The relay stops.');
      const count = await take(request, parts, reader, logFailure);
      metrics.deliveries.inc({ outcome: 'accepted' });
      log.debug({ events: count }, 'accepted a delivery');
      response.writeHead(204).end();
    } catch (refusal) {
      if (!(refusal instanceof RefusedDelivery)) throw refusal;
      const { status, message } = refusal;
      // A sender that has left gets no answer.
      if (response.destroyed) return;
      metrics.deliveries.inc({ outcome: OUTCOME_OF[status] });
      log.debug({ status }, 'refused a delivery');
      answer(response, status, message);
    }
  };
}

/** Takes one delivery. Returns the number of its events, which are on disk then. */
async function take(
  request: IncomingMessage,
  { secrets, acceptsUnsigned, maxEventBytes, spool }: Parts,
  reader: BodyReader,
  logFailure: (failure: unknown) => void,
): Promise<number> {
  const at = Date.now();
  const { headers } = request;
  const { 'qlik-signature': signature } = headers;
  const isUnsigned = acceptsUnsigned && signature === undefined && isFromThisMachine(headers.host);
  if (!isUnsigned && !isSignature(signature)) throw new RefusedDelivery(401, UNSIGNED);
  const mode = toContentMode(headers);
  return await reader.read(request, async (body) => {
    if (isSignature(signature) && !isSignedBy(secrets, body, signature)) {
      throw new RefusedDelivery(401, UNSIGNED);
    }
    const events = parseDelivery(mode, headers, body, maxEventBytes);
    try {
      await spool.append(events, at);
    } catch (failure) {
      if (failure instanceof SpoolFull) throw new RefusedDelivery(503, 'The spool is full.');
      logFailure(failure);
      throw new RefusedDelivery(503, 'The spool cannot be written.');
    }
    return events.length;
  });
}

/** Without signatures, a web page must not reach the relay through a DNS name of its own. */
function isFromThisMachine(host = ''): boolean {
  return isLoopback(host.replace(/:\d+$/, ''));
}

function toFailureLog(log: Logger): (failure: unknown) => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (failure) => {
    const now = performance.now();
    if (now - loggedAt < LOG_EVERY_MS) return;
    loggedAt = now;
    const { code } = failure as NodeJS.ErrnoException;
    log.error({ code }, 'deliveries are refused: the spool cannot be written');
  };
}

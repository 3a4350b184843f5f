import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { RelayMetrics } from '../metrics.ts';
import { toSafeFault } from '../safe-fault.ts';
import type { Spool } from '../spool/open-spool.ts';
import { answer } from './answer.ts';
import { type DeliverySettings, receiveDeliveries } from './receive-delivery.ts';

/** Longer than the 60 s of a load balancer. A delivery must arrive within this time, too. */
const KEEP_ALIVE_MS = 75_000;
const MAX_CONNECTIONS = 4_096;
const PROBE_TIMEOUT_MS = 3_000;

export interface ReceiverOptions extends DeliverySettings {
  host: string;
  port: number;
  spool: Spool;
  metrics: RelayMetrics;
  log: Logger;
}

/** The listening side of the relay. */
export interface Receiver {
  url: string;
  /** Refuses new deliveries, and waits until those in progress are answered or `ms` pass. */
  close(ms: number): Promise<void>;
}

/** Starts to listen. Throws a Misconfiguration if the address is not available. */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host, port, log } = options;
  let isDraining = false;
  const handle = toHandler(options, () => isDraining);
  /** The answers that are not sent yet. */
  const pending = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    pending.add(response);
    response.once('close', () => pending.delete(response));
    if (isDraining) response.setHeader('connection', 'close');
    handle(request, response).catch((failure: unknown) => {
      log.error(toSafeFault(failure), 'a request could not be handled');
      if (response.headersSent) response.destroy();
      else answer(response, 503, 'The relay failed.');
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1_000;
  server.requestTimeout = KEEP_ALIVE_MS + 1_000;
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, host, port);

  return {
    url: toUrl(host, server.address() as AddressInfo),
    async close(ms) {
      isDraining = true;
      for (const response of pending) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
      server.keepAliveTimeout = 1;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const forced = setTimeout(() => server.closeAllConnections(), ms);
      await closed;
      clearTimeout(forced);
    },
  };
}

/** Returns what answers each request by its path. */
function toHandler(options: ReceiverOptions, isDraining: () => boolean) {
  const { spool, metrics } = options;
  const receive = receiveDeliveries(options);
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (path === '/webhooks/qlik') {
      if (request.method !== 'POST') return answer(response, 405, 'Send POST.', { allow: 'POST' });
      return await receive(request, response, isDraining());
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 404, 'Not found.');
    if (path === '/health/live') return answer(response, 200, 'live');
    if (path === '/health/ready') {
      const isReady = !isDraining() && (await isSpoolReady(spool));
      return answer(response, isReady ? 200 : 503, isReady ? 'ready' : 'not ready');
    }
    if (path === '/metrics') {
      const text = await metrics.registry.metrics();
      return void response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
    }
    answer(response, 404, 'Not found.');
  };
}

async function isSpoolReady(spool: Spool): Promise<boolean> {
  if (spool.isFull) return false;
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, PROBE_TIMEOUT_MS, false).unref());
  return await Promise.race([spool.isWritable(), late]);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use by another program' : error.message;
      const problem = `RELAY_HOST, RELAY_PORT: cannot listen on ${host}:${port}: ${reason}`;
      reject(new Misconfiguration([problem], error));
    });
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
}

function toUrl(host: string, { port }: AddressInfo): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

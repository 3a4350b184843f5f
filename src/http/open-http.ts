import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import { Refusal } from '../domain/refusal.ts';
import { RequestIds } from '../graphql/request-ids.ts';
import {
  answerText,
  refuse,
  refuseAdmission,
  refuseLostUpgrade,
  refuseRate,
  refuseSocket,
} from './answer.ts';
import { BodyBudget } from './body-budget.ts';
import { applyCors } from './cors.ts';
import { createGraphqlServer, type GraphqlParts } from './create-yoga.ts';
import { readDashboardDocuments } from './dashboard/built-files.ts';
import { isForDashboard, serveDashboard } from './dashboard/serve-dashboard.ts';
import { isForGraphiql, serveGraphiql } from './graphiql/serve-graphiql.ts';
import type { AuthSettings } from './identity/auth-settings.ts';
import { CallerRates, type RateSettings } from './identity/caller-rates.ts';
import { createGate } from './identity/gate.ts';
import { toTenantHeader } from './identity/named-tenant.ts';
import { createMetricsHandler, METRICS_PATH } from './metrics/serve-metrics.ts';
import {
  FORGEABLE,
  isAcceptedHost,
  isForgeable,
  lacksHost,
  NO_HOST,
  NOT_FOUND,
  toPath,
  WRONG_HOST,
} from './origin.ts';
import { DocumentSource } from './persisted/persisted-queries.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { serveWebSockets } from './websocket/serve-web-sockets.ts';

/** The deadline of a readiness check. */
const PING_TIMEOUT_MS = 3_000;
/** The most time for running requests at a stop. The whole stop must take less than 9 s. */
const DRAIN_MS = 5_000;
/** Node's defaults for receiving the head and the whole of a request. */
const HEAD_MS = 60_000;
const REQUEST_MS = 300_000;
/** A head that is larger is no request. Below it, a token that is too long is refused as such. */
const MAX_HEAD_BYTES = 131_072;

/** The settings of the listening socket. */
export interface HttpSettings {
  host: string;
  port: number;
  /** How tokens are verified; undefined on an open server. */
  auth: AuthSettings | undefined;
  /** How long an idle connection stays open. */
  keepAliveSeconds: number;
  /** The origins whose pages may read answers and open WebSockets. */
  corsOrigins: readonly string[];
  /** Whether GraphiQL is served. */
  graphiql: boolean;
  /** Whether metrics are served. */
  servesMetrics: boolean;
  /** A token that may read the metrics and nothing else. */
  metricsToken: string | undefined;
}

/** The parts of a service that is ready. */
export interface ServedParts
  extends Omit<GraphqlParts, 'bodyBudget' | 'documents' | 'isDraining' | 'rates'>,
    RateSettings {
  /** The most bytes of the ingest queue. The budget for bodies is half of it. */
  maxQueueBytes: number;
}

/** The HTTP server. It answers health checks from the start, everything else after `serve`. */
export interface Http {
  url: string;
  /** Starts to serve GraphQL. */
  serve(parts: ServedParts): void;
  /** Refuses new requests, reports "not ready", and closes WebSockets with 1001. */
  startDraining(): Promise<void>;
  /** Waits for running requests, up to a limit, and closes the server. */
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts to listen. Throws a Misconfiguration if the address is not available. */
export async function openHttp(settings: HttpSettings, log: Logger): Promise<Http> {
  const { host, port, corsOrigins, auth } = settings;
  const isOpen = auth === undefined;
  let graphql: Handler | undefined;
  let serveMetrics: Handler | undefined;
  let isReady = async () => false;
  let stopSockets = async (): Promise<void> => undefined;
  let draining = false;
  let drainUntil = 0;
  const pending = new Set<ServerResponse>();
  const failed =
    (response: ServerResponse, ids = new RequestIds()) =>
    (err: unknown) => {
      log.error({ err, ...ids.toLine() }, 'a request could not be handled');
      response.destroy();
    };

  // Node would answer a request without Host itself, without the headers of our answers.
  const options = { requireHostHeader: false, ...(isOpen ? {} : { maxHeaderSize: MAX_HEAD_BYTES }) };
  const server = createServer(options, (request, response) => {
    setSecurityHeaders(response);
    pending.add(response);
    response.once('close', () => pending.delete(response));
    if (draining) response.setHeader('connection', 'close');
    if (lacksHost(request)) return refuse(response, 400, 'BAD_REQUEST', NO_HOST);
    const path = toPath(request.url);
    if (path === '/health/live') return answerText(response, 200, 'live');
    if (path === '/health/ready') {
      return void isReady().then((ready) =>
        answerText(response, ready ? 200 : 503, ready ? 'ready' : 'not ready'),
      );
    }
    const isGraphiql = settings.graphiql && isForGraphiql(request, path);
    const isMetrics = settings.servesMetrics && path === METRICS_PATH;
    const isDashboard = !isGraphiql && !isMetrics && isForDashboard(request, path);
    if (path !== '/graphql' && !isGraphiql && !isMetrics && !isDashboard) {
      return refuse(response, 404, 'NOT_FOUND', NOT_FOUND);
    }
    if (!isAcceptedHost(request.headers.host, isOpen)) return refuse(response, 403, 'FORBIDDEN', WRONG_HOST);
    if (isMetrics && serveMetrics !== undefined) return serveMetrics(request, response);
    if (isDashboard) {
      serveDashboard(request, response, path).catch((err: unknown) => {
        log.error({ err }, 'the dashboard could not be served');
        response.destroy();
      });
      return;
    }
    if (applyCors(request, response, corsOrigins)) return;
    if (!isGraphiql && isForgeable(request, corsOrigins)) {
      return refuse(response, 403, 'FORBIDDEN', FORGEABLE);
    }
    if (graphql === undefined || draining)
      return refuse(response, 503, 'UNAVAILABLE', 'The server is not ready.');
    if (refuseLostUpgrade(request, response)) return;
    if (isGraphiql) {
      return void serveGraphiql(request, response, path, !isOpen).catch(failed(response));
    }
    graphql(request, response);
  });
  // An unknown expectation may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  keepConnections(server, settings.keepAliveSeconds);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const hasStarted = [...pending].some((response) => response.socket === socket && response.headersSent);
    if (!socket.writable || hasStarted) return void socket.destroy();
    const { status, message } = describeClientError(error.code);
    refuseSocket(socket, status, 'BAD_REQUEST', message);
  });
  await listen(server, host, port);

  return {
    url: toUrl(host, server.address() as AddressInfo),
    serve(parts) {
      // A queued value needs twice the bytes of its text, so a larger budget has no use.
      const bodyBudget = new BodyBudget(parts.maxQueueBytes / 2);
      const rates = new CallerRates(parts);
      const documents = new DocumentSource({ ...parts, dashboardDocuments: readDashboardDocuments() });
      const isDraining = () => draining;
      const yoga = createGraphqlServer({ ...parts, documents, rates, bodyBudget, isDraining });
      const gate = createGate(auth, parts.database.acrossTenants, log);
      const { metrics, database, ingestQueue } = parts;
      if (metrics !== undefined) {
        const { metricsToken } = settings;
        const serve = createMetricsHandler({ metrics, database, ingestQueue, gate, isOpen, metricsToken });
        serveMetrics = (request, response) => void serve(request, response).catch(failed(response));
      }
      const admit = async (request: IncomingMessage, response: ServerResponse, ids: RequestIds) => {
        const { authorization, 'x-tenant-id': tenantHeader } = request.headers;
        const { remoteAddress } = request.socket;
        const admission = await gate(authorization, toTenantHeader(tenantHeader), remoteAddress);
        if (admission instanceof Refusal) return refuseAdmission(response, admission);
        const refusal = rates.takeOperation(admission.callerKey);
        if (refusal !== undefined) return refuseRate(response, refusal);
        return yoga(request, response, { admission, ids });
      };
      graphql = (request, response) => {
        const ids = new RequestIds();
        admit(request, response, ids).catch(failed(response, ids));
      };
      stopSockets = () => sockets.close();
      const sockets = serveWebSockets(server, {
        ...{ ...parts, yoga, log, documents, rates, gate, bodyBudget, corsOrigins, isOpen },
        metrics,
        maxPayloadBytes: parts.maxBodyBytes,
        retryAfterMs: () => parts.ingestQueue.retryAfterMs,
      });
      isReady = async () => !draining && (await parts.database.ping(PING_TIMEOUT_MS).then(yes, no));
    },
    async startDraining() {
      draining = true;
      drainUntil = performance.now() + DRAIN_MS;
      // The client must not send another request on a connection that is about to close.
      for (const response of pending) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
      // Answers that have started announced keep-alive; their connections close right after.
      server.keepAliveTimeout = 1;
      await stopSockets();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const forced = setTimeout(() => server.closeAllConnections(), drainUntil - performance.now());
      await closed;
      clearTimeout(forced);
    },
  };
}

const yes = () => true;
const no = () => false;

/**
 * Keeps idle connections open as announced by `Keep-Alive`. A load balancer may open a
 * connection without a request, so the limit for receiving a head must not be shorter.
 */
function keepConnections(server: Server, seconds: number): void {
  const keptMs = seconds * 1_000;
  server.keepAliveTimeout = keptMs;
  server.headersTimeout = Math.max(HEAD_MS, keptMs + 1_000);
  server.requestTimeout = Math.max(REQUEST_MS, server.headersTimeout);
}

/** Returns the status and message for a request that Node could not read. */
function describeClientError(code: string | undefined): { status: 400 | 408; message: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 400, message: 'The head of the request is too large.' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, message: 'The request did not arrive in time.' };
  return { status: 400, message: 'The request is not valid HTTP/1.1.' };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use by another program' : error.message;
      reject(new Misconfiguration([`HOST, PORT: cannot listen on ${host}:${port}: ${reason}`], error));
    });
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
}

function toUrl(host: string, { port }: AddressInfo): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { PROGRAM_DOCUMENTS } from 'qlik-event-graph-ingest/documents';
import { Refusal } from '../domain/refusal.ts';
import { RequestIds } from '../graphql/request-ids.ts';
import { refuseAdmission, refuseRate, refuseSocket } from './answer.ts';
import { BodyBudget } from './body-budget.ts';
import { createGraphqlServer, type GraphqlParts } from './create-yoga.ts';
import { readDashboardDocuments } from './dashboard/built-files.ts';
import type { AuthSettings } from './identity/auth-settings.ts';
import { CallerRates, type RateSettings } from './identity/caller-rates.ts';
import { createGate } from './identity/gate.ts';
import { toTenantHeader } from './identity/named-tenant.ts';
import type { ServerContexts } from './identity/server-contexts.ts';
import { describeClientError, keepConnections, listen, toUrl } from './listening.ts';
import { createMetricsHandler } from './metrics/serve-metrics.ts';
import { DocumentSource } from './persisted/persisted-queries.ts';
import { createRouter, type ServerState, toFailureHandler } from './route-request.ts';
import { setDefaultHeaders } from './security-headers.ts';
import { serveWebSockets } from './websocket/serve-web-sockets.ts';

/** The deadline of a readiness check. */
const PING_TIMEOUT_MS = 3_000;
/** The most time for running requests at a stop. The whole stop must take less than 9 s. */
const DRAIN_MS = 5_000;
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
  extends Omit<GraphqlParts, 'bodyBudget' | 'contexts' | 'documents' | 'isDraining' | 'rates'>,
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

/** Starts to listen. Throws a Misconfiguration if the address is not available. */
export async function openHttp(settings: HttpSettings, log: Logger): Promise<Http> {
  const { host, port, corsOrigins, auth } = settings;
  const isOpen = auth === undefined;
  const state: ServerState = { served: undefined, isDraining: false };
  let stopSockets = async (): Promise<void> => undefined;
  let drainUntil = 0;
  const pending = new Set<ServerResponse>();
  const failed = toFailureHandler(log);
  const route = createRouter({ ...settings, isOpen }, state, log);

  // Node would answer a request without Host itself, without the headers of our answers.
  const options = { requireHostHeader: false, ...(isOpen ? {} : { maxHeaderSize: MAX_HEAD_BYTES }) };
  const server = createServer(options, (request, response) => {
    setDefaultHeaders(response);
    pending.add(response);
    response.on('close', () => pending.delete(response));
    if (state.isDraining) response.setHeader('connection', 'close');
    route(request, response);
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
      const ownDocuments = [...readDashboardDocuments(), ...PROGRAM_DOCUMENTS];
      const documents = new DocumentSource({ ...parts, ownDocuments });
      const isDraining = () => state.isDraining;
      const contexts: ServerContexts = new WeakMap();
      const yoga = createGraphqlServer({ ...parts, contexts, documents, rates, bodyBudget, isDraining });
      const gate = createGate(auth, parts.database.acrossTenants, log);
      const { metrics, database, ingestQueue } = parts;
      const serveMetrics =
        metrics &&
        createMetricsHandler({
          ...{ metrics, database, ingestQueue, gate, isOpen },
          metricsToken: settings.metricsToken,
        });
      const admit = async (request: IncomingMessage, response: ServerResponse, ids: RequestIds) => {
        const { authorization, 'x-tenant-id': tenantHeader } = request.headers;
        const { remoteAddress } = request.socket;
        const admission = await gate(authorization, toTenantHeader(tenantHeader), remoteAddress);
        if (admission instanceof Refusal) return refuseAdmission(response, admission);
        const refusal = rates.takeOperation(admission.callerKey);
        if (refusal !== undefined) return refuseRate(response, refusal);
        contexts.set(request, { admission, ids });
        return yoga(request, response);
      };
      stopSockets = () => sockets.close();
      const sockets = serveWebSockets(server, {
        ...{ ...parts, yoga, log, documents, rates, gate, bodyBudget, corsOrigins, isOpen },
        metrics,
        maxPayloadBytes: parts.maxBodyBytes,
        retryAfterMs: () => parts.ingestQueue.retryAfterMs,
      });
      state.served = {
        graphql(request, response) {
          const ids = new RequestIds();
          admit(request, response, ids).catch(failed(response, ids));
        },
        metrics:
          serveMetrics &&
          ((request, response) => void serveMetrics(request, response).catch(failed(response))),
        isReady: async () => !state.isDraining && (await database.ping(PING_TIMEOUT_MS).then(yes, no)),
      };
    },
    async startDraining() {
      state.isDraining = true;
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

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { RequestIds } from '../graphql/request-ids.ts';
import { answerText, refuse, refuseLostUpgrade } from './answer.ts';
import { applyCors } from './cors.ts';
import { isForDashboard, serveDashboard } from './dashboard/serve-dashboard.ts';
import { isForGraphiql, serveGraphiql } from './graphiql/serve-graphiql.ts';
import { METRICS_PATH } from './metrics/serve-metrics.ts';
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

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** What a service that is ready answers with. */
export interface Served {
  graphql: Handler;
  /** Undefined if no metrics are served. */
  metrics: Handler | undefined;
  isReady(): Promise<boolean>;
}

/** The state of the server. */
export interface ServerState {
  /** Undefined until the service is ready. */
  served: Served | undefined;
  isDraining: boolean;
}

interface RouteSettings {
  corsOrigins: readonly string[];
  graphiql: boolean;
  servesMetrics: boolean;
  /** Whether the server verifies no tokens. */
  isOpen: boolean;
}

/** Returns what logs the failure of an answer and closes its connection. */
export function toFailureHandler(log: Logger) {
  return (response: ServerResponse, ids = new RequestIds()) =>
    (err: unknown): void => {
      log.error({ err, ...ids.toLine() }, 'a request could not be handled');
      response.destroy();
    };
}

/** Returns what answers each request or passes it on, by its path and headers. */
export function createRouter(settings: RouteSettings, state: ServerState, log: Logger): Handler {
  const { corsOrigins, graphiql, servesMetrics, isOpen } = settings;
  const failed = toFailureHandler(log);
  return (request, response) => {
    if (lacksHost(request)) return refuse(response, 400, 'BAD_REQUEST', NO_HOST);
    const path = toPath(request.url);
    if (path === '/health/live') return answerText(response, 200, 'live');
    if (path === '/health/ready') return void answerReadiness(response, state);
    const isGraphiql = graphiql && isForGraphiql(request, path);
    const isMetrics = servesMetrics && path === METRICS_PATH;
    const isDashboard = !isGraphiql && !isMetrics && isForDashboard(request, path);
    if (path !== '/graphql' && !isGraphiql && !isMetrics && !isDashboard) {
      return refuse(response, 404, 'NOT_FOUND', NOT_FOUND);
    }
    if (!isAcceptedHost(request.headers.host, isOpen)) return refuse(response, 403, 'FORBIDDEN', WRONG_HOST);
    const { served, isDraining } = state;
    if (isMetrics && served?.metrics !== undefined) return served.metrics(request, response);
    if (isDashboard) return void serveDashboard(request, response, path).catch(failed(response));
    if (applyCors(request, response, corsOrigins)) return;
    if (!isGraphiql && isForgeable(request, corsOrigins)) {
      return refuse(response, 403, 'FORBIDDEN', FORGEABLE);
    }
    if (served === undefined || isDraining) {
      return refuse(response, 503, 'UNAVAILABLE', 'The server is not ready.');
    }
    if (refuseLostUpgrade(request, response)) return;
    if (isGraphiql) {
      return void serveGraphiql(request, response, path, !isOpen).catch(failed(response));
    }
    response.appendHeader('vary', 'accept-encoding');
    served.graphql(request, response);
  };
}

async function answerReadiness(response: ServerResponse, { served }: ServerState): Promise<void> {
  const isReady = (await served?.isReady()) === true;
  answerText(response, isReady ? 200 : 503, isReady ? 'ready' : 'not ready');
}

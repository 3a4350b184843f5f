import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import { BodyBudget } from './body-budget.ts';
import { createGraphqlServer, type GraphqlParts } from './create-yoga.ts';
import { isForGraphiql, serveGraphiql } from './graphiql/serve-graphiql.ts';
import { isLoopbackHost, toPath } from './origin.ts';
import { serveWebSockets } from './websocket/graphql-over-websocket.ts';

const PING_TIMEOUT_MS = 3_000;
/** What requests under way have at a stop; with all else that closes it must be less than 9 s. */
const DRAIN_MS = 5_000;

/** What is served. */
export interface ServedParts extends Omit<GraphqlParts, 'room' | 'isDraining'> {
  /** About the bytes that what is to be stored may take while it waits; half as much is for bodies. */
  maxQueueBytes: number;
}

/** The front door. It answers health checks from the start, and everything else once it is given something to serve. */
export interface Http {
  url: string;
  /** Begins to serve GraphQL. */
  serve(parts: ServedParts): void;
  /** Stops taking requests and tells so; sockets are closed with 1001. */
  startDraining(): Promise<void>;
  /** Waits for the requests under way, but not for ever. */
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Listens. Throws a Misconfiguration where the address cannot be had. */
export async function openHttp(host: string, port: number, log: Logger): Promise<Http> {
  let graphql: Handler | undefined;
  let isReady = async () => false;
  let stopSockets = async (): Promise<void> => undefined;
  let draining = false;
  let drainUntil = 0;

  const server = createServer((request, response) => {
    if (draining) response.setHeader('connection', 'close');
    const path = toPath(request.url);
    if (path === '/health/live') return answer(response, 200, 'live');
    if (path === '/health/ready') {
      return void isReady().then((ready) =>
        answer(response, ready ? 200 : 503, ready ? 'ready' : 'not ready'),
      );
    }
    const isGraphiql = isForGraphiql(request, path);
    if (path !== '/graphql' && !isGraphiql)
      return refuse(response, 404, 'NOT_FOUND', 'There is nothing here; try /graphql.');
    if (!isLoopbackHost(request.headers.host)) {
      return refuse(
        response,
        403,
        'FORBIDDEN',
        'An open server is reached by a loopback name or address only.',
      );
    }
    if (graphql === undefined || draining)
      return refuse(response, 503, 'UNAVAILABLE', 'The server is not ready.');
    if (isGraphiql) {
      serveGraphiql(request, response, path).catch((err: unknown) => {
        log.error({ err }, 'GraphiQL could not be served');
        response.destroy();
      });
      return;
    }
    graphql(request, response);
  });
  server.on(
    'clientError',
    (_error, socket) => void (socket.writable && socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  await listen(server, host, port);

  return {
    url: toUrl(host, server.address() as AddressInfo),
    serve(parts) {
      // What waits in the queue weighs at least twice its text, so more than this is of no use.
      const room = new BodyBudget(parts.maxQueueBytes / 2);
      const yoga = createGraphqlServer({ ...parts, room, isDraining: () => draining });
      graphql = yoga as Handler;
      stopSockets = () => sockets.close();
      const sockets = serveWebSockets(server, {
        ...{ ...parts, yoga, log, room, maxPayloadBytes: parts.maxBodyBytes },
        retryAfterMs: () => parts.ingestQueue.retryAfterMs,
      });
      isReady = async () => !draining && (await parts.database.ping(PING_TIMEOUT_MS).then(yes, no));
    },
    async startDraining() {
      draining = true;
      drainUntil = performance.now() + DRAIN_MS;
      // A connection whose answer began before must not stay open for another request once the answer has ended.
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

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end(`${text}\n`);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionResult, GraphQLError, getOperationAST } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { toClientError } from './client-error.ts';
import type { Yoga } from './create-yoga.ts';
import { type LiveLimits, Seats } from './live-limits.ts';
import { LiveSocket, toPayload } from './live-socket.ts';
import { refuseUpgrade } from './origin.ts';
import type { PushedArgs } from './steady-subscriptions.ts';

type Enveloped = ReturnType<Yoga['getEnveloped']>;
type Operation = PushedArgs & { rootValue: Pick<Enveloped, 'execute' | 'subscribe'> };

/** What clients have to answer a closing handshake. */
const FAREWELL_MS = 1_500;
/** Sockets are looked at, and pinged, so many times while a client counts as slow: it is noticed within a fourth more. */
const LOOKS = 4;

export interface WebSocketParts extends LiveLimits {
  yoga: Yoga;
  log: Logger;
  maxPayloadBytes: number;
  corsOrigins: readonly string[];
}

/** Serves graphql-transport-ws at /graphql. Closing it closes every socket with 1001. */
export function serveWebSockets(server: Server, parts: WebSocketParts): { close(): Promise<void> } {
  const { log, maxPayloadBytes, corsOrigins, slowClientSeconds } = parts;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxPayloadBytes, handleProtocols });
  const protocol = makeProtocol(parts);
  const open = new Set<LiveSocket>();

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (refuseUpgrade(request, socket, corsOrigins)) return;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const live = new LiveSocket(webSocket);
      open.add(live);
      webSocket.once('close', () => open.delete(live));
      connect(protocol, live, webSocket, log);
    });
  };
  server.on('upgrade', upgrade);

  const patienceMs = slowClientSeconds * 1_000;
  const look = setInterval(() => {
    const now = performance.now();
    for (const live of open) {
      if (live.socket.readyState !== live.socket.OPEN) continue;
      if (live.isSlow(now, patienceMs)) live.close(4410);
      else live.socket.ping();
    }
  }, patienceMs / LOOKS).unref();

  return {
    async close() {
      clearInterval(look);
      server.off('upgrade', upgrade);
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      for (const { socket } of open) socket.close(1001, 'Going away');
      // A client that does not answer the farewell (asleep, paused, gone) must not hold up the end.
      const forced = setTimeout(() => {
        for (const { socket } of open) socket.terminate();
      }, FAREWELL_MS);
      await closed;
      clearTimeout(forced);
    },
  };
}

type Protocol = ReturnType<typeof makeProtocol>;

/** What graphql-ws is to do with messages. */
function makeProtocol({ yoga, log, maxConnections, maxConnectionOperations }: WebSocketParts) {
  const seats = new Seats(maxConnections);
  return makeServer<Record<string, unknown>, LiveSocket>({
    onConnect: ({ extra: live, connectionParams }) => {
      const leave = seats.take(String(connectionParams?.tenantId ?? ''));
      if (leave === undefined) {
        live.close(4420);
        return false;
      }
      live.onEnd(leave);
      return true;
    },
    execute: (args) => (args as Operation).rootValue.execute(args),
    subscribe: (args) => (args as Operation).rootValue.subscribe(args),
    onNext: ({ extra: live }, _id, _payload, _args, result) => {
      if (result.errors?.some(({ extensions }) => extensions.tooManySubscriptions === true)) live.close(4421);
      return toPayload(result as ExecutionResult) as never;
    },
    onError: (_context, _id, _payload, errors) => {
      // What an error says of HTTP (a status, headers) is not for a socket.
      for (const { extensions } of errors) delete extensions.http;
    },
    onSubscribe: async ({ extra: live, connectionParams, subscriptions }, id, payload) => {
      if (Object.keys(subscriptions).length > maxConnectionOperations) {
        live.close(4421);
        return [new GraphQLError('Too many operations are under way on this connection.')];
      }
      const { query, operationName, variables } = payload;
      const enveloped = yoga.getEnveloped({ namedTenant: connectionParams?.tenantId });
      try {
        const document = enveloped.parse(query);
        const errors = enveloped.validate(enveloped.schema, document) as GraphQLError[];
        if (errors.length > 0) return errors;
        if (!getOperationAST(document, operationName)) return [unknownOperation()];
        return {
          schema: enveloped.schema,
          document,
          operationName,
          variableValues: variables,
          contextValue: await enveloped.contextFactory(),
          rootValue: enveloped,
          push: live.toPush(id),
        } as Operation;
      } catch (error) {
        // Thrown on, a syntax error would close the whole socket.
        return [toClientError(toParseError(error), log)];
      }
    },
  });
}

/** Lets graphql-ws speak over a socket. */
function connect(protocol: Protocol, live: LiveSocket, socket: WebSocket, log: Logger): void {
  // Whoever breaks off or sends too much: ws closes such a socket itself.
  socket.on('error', ({ message }) => log.debug({ message }, 'a WebSocket failed'));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (message) => live.send(message),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        socket.on('message', (message) => {
          if (socket.readyState !== socket.OPEN) return;
          if (!live.takeMessage()) return live.close(4422);
          take(String(message)).catch((err: unknown) => {
            log.error({ err }, 'a WebSocket message failed');
            socket.close(4500, 'Internal server error');
          });
        }),
    },
    live,
  );
  live.onEnd((code, reason) => void closed(code, reason));
}

/** The answer that Yoga gives over HTTP. */
function unknownOperation(): GraphQLError {
  return new GraphQLError('Could not determine what operation to execute.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
  });
}

function toParseError(error: unknown): unknown {
  if (error instanceof GraphQLError) error.extensions.code ??= 'GRAPHQL_PARSE_FAILED';
  return error;
}

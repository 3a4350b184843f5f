import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { toClientError } from './client-error.ts';
import type { Yoga } from './create-yoga.ts';
import { refuseUpgrade } from './origin.ts';

type Enveloped = ReturnType<Yoga['getEnveloped']>;
type Operation = ExecutionArgs & { rootValue: Pick<Enveloped, 'execute' | 'subscribe'> };

/** What clients have to answer a closing handshake. */
const FAREWELL_MS = 1_500;

export interface WebSocketParts {
  yoga: Yoga;
  log: Logger;
  maxPayloadBytes: number;
  corsOrigins: readonly string[];
}

/** Serves graphql-transport-ws at /graphql. Closing it closes every socket with 1001. */
export function serveWebSockets(
  server: Server,
  { yoga, log, maxPayloadBytes, corsOrigins }: WebSocketParts,
): { close(): Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxPayloadBytes });
  const serving = useServer(
    {
      execute: (args) => (args as Operation).rootValue.execute(args),
      subscribe: (args) => (args as Operation).rootValue.subscribe(args),
      onNext: (_context, _id, _payload, _args, { errors }) => hideHttp(errors),
      onError: (_context, _id, _payload, errors) => hideHttp(errors),
      onSubscribe: async ({ connectionParams }, _id, { query, operationName, variables }) => {
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
          } as Operation;
        } catch (error) {
          // Thrown on, a syntax error would close the whole socket.
          return [toClientError(toParseError(error), log)];
        }
      },
    },
    sockets,
  );
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (refuseUpgrade(request, socket, corsOrigins)) return;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      sockets.emit('connection', webSocket, request);
      // graphql-ws would print a stack trace for every client that breaks off or sends too much; ws closes such a socket itself.
      webSocket.removeAllListeners('error');
      webSocket.on('error', ({ message }) => log.debug({ message }, 'a WebSocket failed'));
    });
  };
  server.on('upgrade', upgrade);
  return {
    async close() {
      server.off('upgrade', upgrade);
      // A client that does not answer the farewell (asleep, paused, gone) must not hold up the end.
      const { clients } = sockets;
      const forced = setTimeout(() => {
        for (const client of clients) client.terminate();
      }, FAREWELL_MS);
      await serving.dispose();
      clearTimeout(forced);
    },
  };
}

/** What an error says of HTTP (a status, headers) is not for a socket; over HTTP, Yoga takes it out. */
function hideHttp(errors: readonly { extensions?: Record<string, unknown> }[] = []): void {
  for (const { extensions } of errors) delete extensions?.http;
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

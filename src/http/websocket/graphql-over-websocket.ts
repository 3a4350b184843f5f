import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ExecutionResult, GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import type { Logger } from 'pino';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { Refusal } from '../../domain/refusal.ts';
import { toClientError } from '../../execution/client-error.ts';
import type { SubscribeArgs } from '../../execution/live/subscribe.ts';
import { SubscriptionSlots } from '../../execution/live/subscription-slots.ts';
import { setDefaultCode, toGraphqlError } from '../../graphql/refusal-error.ts';
import { refuseSocket, toErrorEntry } from '../answer.ts';
import { type BodyBudget, tooMuchUnderWay } from '../body-budget.ts';
import type { Yoga } from '../create-yoga.ts';
import { refuseUpgrade } from '../origin.ts';
import { namesStoredDocument, persistedQueryNotSupported } from '../persisted-queries.ts';
import { type ClientMessage, LiveSocket, parseMessage, toPayload } from './live-socket.ts';
import { CLOSE_REASONS, type LiveLimits } from './socket-limits.ts';
import { asksForWebSocket, serveAsIs } from './upgrade.ts';

type Enveloped = ReturnType<Yoga['getEnveloped']>;
type Operation = SubscribeArgs & { rootValue: Pick<Enveloped, 'execute' | 'subscribe'> };

/** How long a client may take to answer a closing handshake. */
const FAREWELL_MS = 1_500;
/** How long queries and mutations under way may take at a stop. */
const LAST_ANSWERS_MS = 2_000;
/** How long a client may take to read what was sent and answer, when only its socket is closed. */
const CLOSE_MS = 10_000;
/** Checks and pings of a socket within `slowClientSeconds`; a slow client is found a fourth later. */
const LOOKS = 4;

export interface WebSocketParts extends LiveLimits {
  yoga: Yoga;
  log: Logger;
  maxPayloadBytes: number;
  corsOrigins: readonly string[];
  /** Limits the bytes of the messages under way. */
  bodyBudget: BodyBudget;
  /** After how long a client may send a message again that exceeded the budget. */
  retryAfterMs: () => number;
}

/** Serves graphql-transport-ws at /graphql. Closing it closes every socket with 1001. */
export function serveWebSockets(server: Server, parts: WebSocketParts): { close(): Promise<void> } {
  const { log, maxPayloadBytes, corsOrigins, slowClientSeconds } = parts;
  // The types of ws do not know `closeTimeout` yet.
  const options: ServerOptions & { closeTimeout: number } = {
    noServer: true,
    maxPayload: maxPayloadBytes,
    handleProtocols: chooseProtocol,
    closeTimeout: CLOSE_MS,
  };
  const sockets = new WebSocketServer(options);
  sockets.on('wsClientError', ({ message }, socket) =>
    refuseSocket(socket, 400, 'BAD_REQUEST', message, { 'Sec-WebSocket-Version': '13' }),
  );
  const protocol = makeProtocol(parts);
  const open = new Set<LiveSocket>();

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener away, and an error that nobody listens to ends the process.
    socket.on('error', ({ message }) => log.debug({ message }, 'an upgrade failed'));
    if (!asksForWebSocket(request)) return serveAsIs(server, request, socket, head);
    if (refuseUpgrade(request, socket, corsOrigins)) return;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (webSocket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) return refuseProtocol(webSocket);
      const live = new LiveSocket(webSocket);
      open.add(live);
      webSocket.once('close', () => open.delete(live));
      connect(protocol, live, webSocket, parts);
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
      const lastAnswers = Promise.all([...open].map((live) => live.answerLast()));
      await Promise.race([lastAnswers, sleep(LAST_ANSWERS_MS, undefined, { ref: false })]);
      for (const { socket } of open) {
        socket.resume();
        socket.close(1001, 'Going away');
      }
      // A client that does not answer the farewell (asleep, paused, gone) must not hold up the end.
      const forced = setTimeout(() => {
        for (const { socket } of open) socket.terminate();
      }, FAREWELL_MS);
      await closed;
      clearTimeout(forced);
    },
  };
}

/**
 * Accepts the protocol that is served. Of other ones the first is accepted too, and the socket closed right after:
 * browsers report a handshake without any of the protocols they offered as a failed connection, without a reason.
 */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL)) return GRAPHQL_TRANSPORT_WS_PROTOCOL;
  const [first] = offered;
  return first ?? false;
}

function refuseProtocol(socket: WebSocket): void {
  socket.on('error', () => undefined);
  const reason = `Subprotocol not acceptable: offer ${GRAPHQL_TRANSPORT_WS_PROTOCOL}`;
  socket.close(CloseCode.SubprotocolNotAcceptable, reason);
}

type Protocol = ReturnType<typeof makeProtocol>;

/** Creates graphql-ws's side of the protocol. */
function makeProtocol({ yoga, log, maxConnections, maxConnectionOperations }: WebSocketParts) {
  const slots = new SubscriptionSlots(maxConnections);
  return makeServer<Record<string, unknown>, LiveSocket>({
    onConnect: async ({ extra: live, connectionParams }) => {
      const { caller } = await yoga.getEnveloped(toServerContext(connectionParams)).contextFactory();
      // A client that names no usable tenant gets an error for each operation.
      const release = slots.take(await caller.actingTenant().catch(() => ''));
      if (release === undefined) {
        live.close(4420);
        return false;
      }
      live.onEnd(release);
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
        return [toGraphqlError(new Refusal('RATE_LIMITED', CLOSE_REASONS[4421]))];
      }
      if (namesStoredDocument(payload)) return [persistedQueryNotSupported()];
      const { query, operationName, variables } = payload;
      const enveloped = yoga.getEnveloped(toServerContext(connectionParams));
      try {
        const document = enveloped.parse(query);
        const errors = enveloped.validate(enveloped.schema, document) as GraphQLError[];
        if (errors.length > 0) return errors;
        const operation = getOperationAST(document, operationName);
        if (!operation) return [unknownOperation()];
        if (operation.operation !== OperationTypeNode.SUBSCRIPTION) live.beginRequest(id);
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

/** Connects graphql-ws to a socket. */
function connect(protocol: Protocol, live: LiveSocket, socket: WebSocket, parts: WebSocketParts): void {
  const { log, bodyBudget, retryAfterMs } = parts;
  const handle = async (take: (data: string) => Promise<void>, message: ClientMessage, bytes: number) => {
    if (!bodyBudget.hold(message, bytes)) {
      const isNew = typeof message.id === 'string' && !live.hasOperation(message.id);
      if (message.type !== 'subscribe' || !isNew) return live.close(4422);
      return live.refuse(message.id as string, toErrorEntry(tooMuchUnderWay(retryAfterMs())));
    }
    live.rename(message);
    // graphql-ws closes the socket on an operation without a document; this one is refused in `onSubscribe`.
    if (namesStoredDocument(message.payload)) message.payload = { ...message.payload, query: '' };
    try {
      // What is an object already graphql-ws does not parse, but checks.
      await take(message as string);
    } catch (err) {
      log.error({ err }, 'a WebSocket message failed');
      socket.close(4500, 'Internal server error');
    } finally {
      bodyBudget.free(message);
      if (message.type === 'subscribe') live.endOperation(String(message.id));
    }
  };
  // ws itself closes the socket of a client that breaks off or sends too much.
  socket.on('error', ({ message }) => log.debug({ message }, 'a WebSocket failed'));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (message) => live.send(message),
      close: (code, reason) => socket.close(code, reason),
      onPing: (payload) => live.pong(payload),
      onMessage: (take) =>
        socket.on('message', (data: Buffer) => {
          if (socket.readyState !== socket.OPEN) return;
          if (!live.takeMessage()) return live.close(4422);
          // The bytes themselves must not live as long as the operation does.
          void handle(take, parseMessage(data), data.length);
        }),
    },
    live,
  );
  live.onEnd((code, reason) => void closed(code, reason));
}

/** A request as the context is made from. */
function toServerContext(connectionParams: Readonly<Record<string, unknown>> | undefined) {
  return { namedTenant: connectionParams?.tenantId };
}

/** The same error as Yoga's over HTTP. */
function unknownOperation(): GraphQLError {
  const message = 'Could not determine what operation to execute.';
  return toGraphqlError(new Refusal('OPERATION_RESOLUTION_FAILURE', message));
}

function toParseError(error: unknown): unknown {
  if (error instanceof GraphQLError) setDefaultCode(error, 'GRAPHQL_PARSE_FAILED');
  return error;
}

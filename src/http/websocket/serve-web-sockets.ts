import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { SubscriptionSlots } from '../../execution/live/subscription-slots.ts';
import type { ServiceMetrics } from '../../metrics/service-metrics.ts';
import { refuseSocket } from '../answer.ts';
import { refuseUpgrade } from '../origin.ts';
import { ClientSocket } from './client-socket.ts';
import { Connection, type ConnectionParts } from './connection.ts';
import type { LiveLimits } from './socket-limits.ts';
import { asksForWebSocket, serveAsIs } from './upgrade.ts';

/** How long clients may take to answer the closing handshake when the server stops. */
const STOP_MS = 1_500;
/** How long queries and mutations in progress may take when the server stops. */
const LAST_REQUESTS_MS = 2_000;
/**
 * How long ws waits for the closing handshake of one client while the server keeps running. It
 * includes the time to read the messages sent before.
 */
const CLOSE_MS = 10_000;
/**
 * The number of checks and pings per `slowClientSeconds`. A slow client is closed up to a
 * quarter of that time late.
 */
const CHECKS = 4;

export interface WebSocketParts extends LiveLimits, Omit<ConnectionParts, 'slots'> {
  maxPayloadBytes: number;
  corsOrigins: readonly string[];
  /** Whether the server verifies no tokens. */
  isOpen: boolean;
  metrics: ServiceMetrics | undefined;
}

/** Serves graphql-transport-ws at /graphql. Closing it closes every socket with 1001. */
export function serveWebSockets(server: Server, parts: WebSocketParts): { close(): Promise<void> } {
  const { log, maxPayloadBytes, maxConnections, slowClientSeconds, metrics } = parts;
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
  const connectionParts: ConnectionParts = { ...parts, slots: new SubscriptionSlots(maxConnections) };
  const open = new Map<ClientSocket, Connection>();

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has removed its own listener, and an error without a listener ends the process.
    socket.on('error', ({ message }) => log.debug({ message }, 'an upgrade failed'));
    if (!asksForWebSocket(request)) return serveAsIs(server, request, socket, head);
    if (refuseUpgrade(request, socket, parts)) return;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (webSocket.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) return refuseProtocol(webSocket);
      const client = new ClientSocket(webSocket);
      const connection = new Connection(client, request.socket.remoteAddress, connectionParts);
      open.set(client, connection);
      metrics?.addWebSockets(1);
      webSocket.once('close', () => {
        open.delete(client);
        metrics?.addWebSockets(-1);
      });
      webSocket.on('message', (data: Buffer) => void connection.receive(data));
      // ws itself closes the socket of a client that disconnects or sends too much.
      webSocket.on('error', ({ message }) => log.debug({ message }, 'a WebSocket failed'));
    });
  };
  server.on('upgrade', upgrade);

  const slowAfterMs = slowClientSeconds * 1_000;
  const check = setInterval(() => {
    const now = performance.now();
    for (const client of open.keys()) {
      if (!client.isOpen) continue;
      if (client.isSlow(now, slowAfterMs)) client.refuse(4410);
      else client.ping();
    }
  }, slowAfterMs / CHECKS).unref();

  return {
    async close() {
      clearInterval(check);
      server.off('upgrade', upgrade);
      const closed = new Promise<void>((resolve) => sockets.close(() => resolve()));
      const lastRequests = Promise.all([...open.values()].map((connection) => connection.finishRequests()));
      await Promise.race([lastRequests, sleep(LAST_REQUESTS_MS, undefined, { ref: false })]);
      for (const client of open.keys()) client.close(1001, 'Going away');
      // A client that does not answer (asleep, paused, disconnected) must not delay the stop.
      const forced = setTimeout(() => {
        for (const client of open.keys()) client.terminate();
      }, STOP_MS);
      await closed;
      clearTimeout(forced);
    },
  };
}

/**
 * Accepts the protocol that is served. If only others are offered, accepts the first of them,
 * and the socket is closed right after: browsers report a handshake without an offered
 * protocol as a failed connection, without a reason.
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

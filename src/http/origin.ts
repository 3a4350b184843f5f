import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isLoopback } from '../domain/loopback.ts';
import { refuseSocket } from './answer.ts';

/**
 * Tells whether the Host header names this machine: else a web page could reach an open server by a name of its own. A header
 * that fits into no URL (`localhost:99999`) names nothing; Yoga would throw on it.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && URL.canParse(`http://${host}`) && isLoopback(host.replace(/:\d+$/, ''));
}

/** The path of a request target, whatever it holds; `new URL` throws on odd ones. */
export function toPath(target: string | undefined): string {
  return (target ?? '').split('?', 1)[0] ?? '';
}

/** Refuses an upgrade that this service does not serve, and returns whether it did. An Origin has to be a listed one. */
export function refuseUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  corsOrigins: readonly string[],
): boolean {
  const { host, origin } = request.headers;
  if (toPath(request.url) !== '/graphql') {
    refuseSocket(socket, 404, 'NOT_FOUND', 'There is nothing here; try /graphql.');
  } else if (!isLoopbackHost(host)) {
    refuseSocket(socket, 403, 'FORBIDDEN', 'An open server is reached by a loopback name or address only.');
  } else if (!isAllowedOrigin(origin, host, corsOrigins)) {
    refuseSocket(socket, 403, 'FORBIDDEN', 'CORS_ORIGINS does not list the origin of this page.');
  } else return false;
  return true;
}

function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  corsOrigins: readonly string[],
): boolean {
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  return origin === `http://${host}` || origin === `https://${host}`;
}

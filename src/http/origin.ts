import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isLoopback } from '../domain/loopback.ts';
import { refuseSocket } from './answer.ts';

export const NOT_FOUND = 'Not found. The API is at /graphql.';
export const WRONG_HOST =
  'The Host header is not accepted. An open server accepts only loopback names and addresses.';

/**
 * Returns whether the server accepts a Host header. An open server accepts only names of this
 * machine. Otherwise a web page could reach it through a DNS name of its own. A header that fits
 * no URL (`localhost:99999`) would make Yoga throw.
 */
export function isAcceptedHost(host: string | undefined, isOpen: boolean): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  return !isOpen || isLoopback(host.replace(/:\d+$/, ''));
}

/** Returns the path of a request target. `new URL` throws on unusual ones. */
export function toPath(target: string | undefined): string {
  return (target ?? '').split('?', 1)[0] ?? '';
}

/** Refuses an upgrade to another path, host or unlisted origin. Returns whether it did. */
export function refuseUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { corsOrigins, isOpen }: { corsOrigins: readonly string[]; isOpen: boolean },
): boolean {
  const { host, origin } = request.headers;
  if (toPath(request.url) !== '/graphql') {
    refuseSocket(socket, 404, 'NOT_FOUND', NOT_FOUND);
  } else if (!isAcceptedHost(host, isOpen)) {
    refuseSocket(socket, 403, 'FORBIDDEN', WRONG_HOST);
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

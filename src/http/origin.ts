import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isLoopback } from '../domain/loopback.ts';

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

/** Answers an upgrade that is not for us, and tells whether it did. A client that sends an Origin must be of ours. */
export function refuseUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  corsOrigins: readonly string[],
): boolean {
  const { host, origin } = request.headers;
  const status =
    toPath(request.url) !== '/graphql'
      ? '404 Not Found'
      : isLoopbackHost(host) && isAllowedOrigin(origin, host, corsOrigins)
        ? undefined
        : '403 Forbidden';
  if (status === undefined) return false;
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
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

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { isLoopback } from '../domain/loopback.ts';
import { refuseSocket } from './answer.ts';

export const NOT_FOUND = 'Not found. The API is at /graphql.';
export const WRONG_HOST =
  'The Host header is not accepted. An open server accepts only loopback names and addresses.';

export const NO_HOST = 'HTTP/1.1 requires a Host header.';

export const FORGEABLE =
  'A page of another origin may not send queries by GET. List its origin in CORS_ORIGINS.';

/**
 * Returns whether the server accepts a Host header. An open server accepts only names of this
 * machine. Otherwise a web page could reach it through a DNS name of its own. A header that fits
 * no URL (`localhost:99999`) would make Yoga throw.
 */
export function isAcceptedHost(host: string | undefined, isOpen: boolean): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  return !isOpen || isLoopback(host.replace(/:\d+$/, ''));
}

/** Returns whether a request lacks the header that its version of HTTP requires. */
export function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host === undefined && httpVersion === '1.1';
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
  if (lacksHost(request)) {
    refuseSocket(socket, 400, 'BAD_REQUEST', NO_HOST);
  } else if (toPath(request.url) !== '/graphql') {
    refuseSocket(socket, 404, 'NOT_FOUND', NOT_FOUND);
  } else if (!isAcceptedHost(host, isOpen)) {
    refuseSocket(socket, 403, 'FORBIDDEN', WRONG_HOST);
  } else if (!isAllowedOrigin(origin, host, corsOrigins)) {
    refuseSocket(socket, 403, 'FORBIDDEN', 'CORS_ORIGINS does not list the origin of this page.');
  } else return false;
  return true;
}

/** Headers that a page of another origin can send only after a preflight. */
const PREFLIGHTED = ['authorization', 'x-tenant-id', 'apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * Returns whether any web page can make a browser send this request: a GET without a preflight,
 * from an origin that is not listed. The page could not read the answer, but measure its time.
 * Clients that are no browsers send no `Sec-Fetch-Site` and no `Origin`, and always pass.
 */
export function isForgeable({ method, headers }: IncomingMessage, corsOrigins: readonly string[]): boolean {
  if (method !== 'GET') return false;
  const { host, origin, 'content-type': contentType, 'sec-fetch-site': site } = headers;
  const isForeign =
    !isAllowedOrigin(origin, host, corsOrigins) || site === 'cross-site' || site === 'same-site';
  if (!isForeign || (origin !== undefined && corsOrigins.includes(origin))) return false;
  const isSimple = /^(text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)/i;
  const hasPreflight = PREFLIGHTED.some((name) => headers[name] !== undefined);
  return !hasPreflight && (contentType === undefined || isSimple.test(contentType));
}

function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  corsOrigins: readonly string[],
): boolean {
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  return origin === `http://${host}` || origin === `https://${host}`;
}

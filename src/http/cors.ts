import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, POST';

/**
 * Sets the CORS headers of an answer, and answers preflights of listed origins; returns
 * whether it did. No header contains an origin that is not listed. `null` cannot be listed,
 * because any page can create a frame with that origin. Yoga's own CORS sends `null` or a
 * listed origin to all others, so it is off.
 */
export function applyCors(
  request: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): boolean {
  if (origins.length === 0) return false;
  response.setHeader('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  const isPreflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (!isPreflight) return false;
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers');
  response.setHeader('access-control-allow-methods', METHODS);
  const headers = request.headers['access-control-request-headers'];
  if (headers !== undefined) response.setHeader('access-control-allow-headers', headers);
  response.writeHead(204).end();
  return true;
}

/** Returns the problem of an entry of CORS_ORIGINS; undefined for an origin as sent. */
export function findOriginProblem(entry: string): string | undefined {
  if (entry === '') return 'an entry is empty';
  if (entry === '*') return '* is not supported; list each origin';
  if (entry === 'null') return 'null is the origin of every sandboxed page; it cannot be listed';
  const url = URL.canParse(entry) ? new URL(entry) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    return `"${entry}" is not an origin such as https://example.com`;
  }
  return url.origin === entry ? undefined : `"${entry}" is not an origin; browsers send "${url.origin}"`;
}

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Returns whether a request asks to upgrade to WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

const UPGRADE_HEADERS = ['upgrade', 'connection', 'http2-settings'];

/**
 * Ignores an upgrade to another protocol, such as h2c, and serves the request over HTTP/1.1
 * (RFC 9110, 7.8). Node detaches the socket of such a request. So the request is written back
 * to the socket without its upgrade headers, together with the bytes received after them, and
 * the server receives the socket again.
 */
export function serveAsIs(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!UPGRADE_HEADERS.includes(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

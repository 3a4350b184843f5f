import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Tells whether an upgrade is to the WebSocket protocol. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Headers that are about the upgrade alone. */
const ABOUT_UPGRADE = ['upgrade', 'connection', 'http2-settings'];

/**
 * Serves a request that asks for another protocol, HTTP/2 as a rule, as if it did not: so a
 * server does that does not speak it (RFC 9110, 7.8). Node hands every request with such a
 * header over with its socket, so it is given back to the server, without the header and with
 * what has come of its body.
 */
export function serveAsIs(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!ABOUT_UPGRADE.includes(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Answers a health check. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end(`${text}\n`);
}

/** Refuses a request as GraphQL does: JSON with a message and a code. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(toErrorBody(code, message));
}

/** The same refusal on a socket that has no response object, and closes the socket. */
export function refuseSocket(
  socket: Duplex,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  const body = toErrorBody(code, message);
  const all = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Refuses a WebSocket handshake whose `Upgrade` header a proxy has dropped, and returns whether it did. */
export function refuseLostUpgrade({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  const isHandshake =
    headers['sec-websocket-key'] !== undefined || headers.upgrade?.toLowerCase() === 'websocket';
  if (method !== 'GET' || !isHandshake) return false;
  const message =
    'This is a WebSocket handshake without "Connection: Upgrade" and "Upgrade: websocket". ' +
    'A proxy on the way has to pass both on.';
  refuse(response, 426, 'BAD_REQUEST', message, { upgrade: 'websocket', connection: 'upgrade, close' });
  return true;
}

function toErrorBody(code: string, message: string): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}

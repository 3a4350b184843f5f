import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FetchAPI } from 'graphql-yoga';
import { Refusal, type RefusalCode, type StatusOf } from '../domain/refusal.ts';
import { toRetryAfter } from '../graphql/refusal-error.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Answers a health check. */
export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
}

/** Refuses a request with a GraphQL error: JSON with a message and a code. */
export function refuse<Code extends RefusalCode>(
  response: ServerResponse,
  status: StatusOf<Code>,
  code: Code,
  message: string,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(toErrorText(new Refusal(code, message)));
}

/** Refuses a request without a valid token, or while no token can be verified. */
export function refuseAdmission(response: ServerResponse, { code, message }: Refusal): void {
  if (code === 'UNAVAILABLE') refuse(response, 503, code, message);
  else refuse(response, 401, 'UNAUTHENTICATED', message, { 'www-authenticate': 'Bearer' });
}

/** Refuses a request of a caller that has sent too much; says when to retry. */
export function refuseRate(response: ServerResponse, refusal: Refusal<'RATE_LIMITED'>): void {
  const { retryAfterMs } = refusal.details;
  response
    .writeHead(429, { 'content-type': 'application/json', ...toRetryAfter(Number(retryAfterMs)) })
    .end(toErrorText(refusal));
}

/** Like `refuse`, on a socket without a response object, which is then closed. */
export function refuseSocket<Code extends RefusalCode>(
  socket: Duplex,
  status: StatusOf<Code>,
  code: Code,
  message: string,
  headers: Record<string, string> = {},
): void {
  const body = toErrorText(new Refusal(code, message));
  const all = {
    ...SECURITY_HEADERS,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Refuses a handshake whose `Upgrade` header a proxy has removed. Returns whether it did. */
export function refuseLostUpgrade({ method, headers }: IncomingMessage, response: ServerResponse): boolean {
  const isHandshake =
    headers['sec-websocket-key'] !== undefined || headers.upgrade?.toLowerCase() === 'websocket';
  if (method !== 'GET' || !isHandshake) return false;
  const message =
    'This is a WebSocket handshake without "Connection: Upgrade" and "Upgrade: websocket". ' +
    'Configure the proxy to pass both headers on.';
  refuse(response, 426, 'BAD_REQUEST', message, { upgrade: 'websocket', connection: 'upgrade, close' });
  return true;
}

/** Like `refuse`, as a response of Yoga's plugins. */
export function toResponse<Code extends RefusalCode>(
  { Response }: FetchAPI,
  refusal: Refusal<Code>,
  status: StatusOf<Code>,
): Response {
  return Response.json(toErrorBody(refusal), { status });
}

/** Converts a refusal to an entry of `errors`. */
export function toErrorEntry({ code, message, details }: Refusal): object {
  return { message, extensions: { code, ...details } };
}

function toErrorBody(refusal: Refusal): object {
  return { errors: [toErrorEntry(refusal)] };
}

function toErrorText(refusal: Refusal): string {
  return JSON.stringify(toErrorBody(refusal));
}

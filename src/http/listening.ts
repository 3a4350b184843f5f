import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Misconfiguration } from '../domain/misconfiguration.ts';

/** Node's defaults for receiving the head and the whole of a request. */
const HEAD_MS = 60_000;
const REQUEST_MS = 300_000;

/**
 * Keeps idle connections open as announced by `Keep-Alive`. A load balancer may open a
 * connection without a request, so the limit for receiving a head must not be shorter.
 */
export function keepConnections(server: Server, seconds: number): void {
  const keptMs = seconds * 1_000;
  server.keepAliveTimeout = keptMs;
  server.headersTimeout = Math.max(HEAD_MS, keptMs + 1_000);
  server.requestTimeout = Math.max(REQUEST_MS, server.headersTimeout);
}

/** Returns the status and message for a request that Node could not read. */
export function describeClientError(code: string | undefined): { status: 400 | 408; message: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 400, message: 'The head of the request is too large.' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, message: 'The request did not arrive in time.' };
  return { status: 400, message: 'The request is not valid HTTP/1.1.' };
}

/** Starts to listen. Throws a Misconfiguration if the address is not available. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use by another program' : error.message;
      reject(new Misconfiguration([`HOST, PORT: cannot listen on ${host}:${port}: ${reason}`], error));
    });
    server.listen(port, host.replace(/^\[|\]$/g, ''), resolve);
  });
}

/** Returns where a server listens. */
export function toUrl(host: string, { port }: AddressInfo): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

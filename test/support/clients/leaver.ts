import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';
import type { Transport } from './transports.ts';

/** How a client goes: it says so, it breaks off, or it falls silent and keeps its socket. */
export const WAYS_TO_LEAVE = ['FIN', 'RST', 'silence'] as const;
export type WayToLeave = (typeof WAYS_TO_LEAVE)[number];

/** A client with one subscription and its own hands on the socket. */
export class Leaver {
  readonly #socket: Socket;

  constructor(transport: Transport, url: string, tenantId: string, query: string) {
    this.#socket = connect(Number(new URL(url).port), '127.0.0.1');
    this.#socket.on('error', () => undefined);
    if (transport === 'SSE') this.#stream(query, tenantId);
    else this.#speak(url, query, tenantId);
  }

  leave(way: WayToLeave): void {
    if (way === 'RST') this.#socket.resetAndDestroy();
    else if (way === 'silence') this.#socket.pause();
    else this.#socket.end();
  }

  /** Closes what is left of it. */
  destroy(): void {
    this.#socket.destroy();
  }

  #stream(query: string, tenantId: string): void {
    const body = JSON.stringify({ query });
    const lines = [
      'POST /graphql HTTP/1.1',
      'host: localhost',
      'accept: text/event-stream',
      'content-type: application/json',
      `x-tenant-id: ${tenantId}`,
      `content-length: ${body.length}`,
    ];
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
    this.#socket.resume();
  }

  #speak(url: string, query: string, tenantId: string): void {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      createConnection: () => this.#socket,
    });
    const send = (message: object) =>
      socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
    socket.on('error', () => undefined);
    socket.on('open', () => send({ type: 'connection_init', payload: { tenantId } }));
    socket.on('message', (message) => {
      if (String(message).includes('connection_ack'))
        send({ type: 'subscribe', id: '1', payload: { query } });
    });
  }
}

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { RawWebSocket } from '../sockets/raw-web-socket.ts';
import { waitUntil } from '../wait-until.ts';

export const WAYS_IN = ['HTTP', 'SSE', 'WebSocket'] as const;
export type WayIn = (typeof WAYS_IN)[number];

/** Whether a service lets a caller in, and what it says if not. */
export interface Answer {
  status?: number;
  code?: string;
  message?: string;
  closeCode?: number;
}

export const LET_IN: Record<WayIn, Answer> = {
  HTTP: { status: 200 },
  SSE: { status: 200 },
  WebSocket: {},
};

const MESSAGE =
  'This needs a valid token: send the header "authorization: Bearer <JWT>" (WebSocket: authorization in the connection_init payload).';

/** The answer to a caller without a valid token. */
export const TURNED_AWAY: Record<WayIn, Answer> = {
  HTTP: { status: 401, code: 'UNAUTHENTICATED', message: MESSAGE },
  SSE: { status: 401, code: 'UNAUTHENTICATED', message: MESSAGE },
  WebSocket: { closeCode: 4403 },
};

/** Sends `authorization`, or nothing, and reports whether that lets a caller in. */
export function knock(way: WayIn, url: string, authorization: string | undefined): Promise<Answer> {
  return way === 'WebSocket' ? knockBySocket(url, authorization) : knockByHttp(way, url, authorization);
}

/** On a connection of its own, so that a service which stops waits for no idle one. */
async function knockByHttp(way: WayIn, url: string, authorization: string | undefined): Promise<Answer> {
  const sent = request(`${url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      accept: way === 'SSE' ? 'text/event-stream' : 'application/json',
      ...(authorization !== undefined && { authorization }),
    },
  });
  const query = way === 'SSE' ? 'subscription { eventStored { cursor } }' : '{ __typename }';
  sent.end(JSON.stringify({ query }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const { statusCode: status = 0 } = response;
  const isJson = response.headers['content-type']?.includes('json') === true;
  const body = isJson ? ((await json(response)) as AnswerBody) : {};
  sent.destroy();
  const [error] = body.errors ?? [];
  return { status, ...(error && { code: error.extensions.code, message: error.message }) };
}

interface AnswerBody {
  errors?: { message: string; extensions: { code: string } }[];
}

async function knockBySocket(url: string, authorization: string | undefined): Promise<Answer> {
  const socket = new RawWebSocket(url);
  await waitUntil(() => socket.isOpen);
  socket.send({ type: 'connection_init', payload: { authorization } });
  await waitUntil(() => socket.closeCode !== undefined || socket.messages.length > 0);
  const { closeCode } = socket;
  socket.socket.terminate();
  return closeCode === undefined ? {} : { closeCode };
}

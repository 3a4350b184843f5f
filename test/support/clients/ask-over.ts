import { RawWebSocket } from '../sockets/raw-web-socket.ts';

/** The ways in which an operation reaches the service. */
export const WAYS_TO_ASK = ['POST', 'GET', 'SSE', 'WebSocket'] as const;
export type WayToAsk = (typeof WAYS_TO_ASK)[number];

/** The first answer to an operation. */
export interface FirstAnswer {
  /** Undefined over a WebSocket. */
  status?: number;
  headers?: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read results of any shape.
  data?: any;
  // biome-ignore lint/suspicious/noExplicitAny: likewise.
  errors?: any[];
  extensions?: Record<string, unknown>;
}

export interface Asking {
  token?: string;
  tenantId?: string;
}

/** Sends the parameters of an operation and returns its first answer. */
export async function askOver(
  way: WayToAsk,
  url: string,
  params: Record<string, unknown>,
  { token, tenantId }: Asking = {},
): Promise<FirstAnswer> {
  const authorization = token === undefined ? undefined : `Bearer ${token}`;
  if (way === 'WebSocket') return askBySocket(url, params, { authorization, tenantId });
  const headers = {
    accept: way === 'SSE' ? 'text/event-stream' : 'application/json',
    ...(authorization !== undefined && { authorization }),
    ...(tenantId !== undefined && { 'x-tenant-id': tenantId }),
  };
  const response = way === 'GET' ? await get(url, params, headers) : await post(url, params, headers);
  return { status: response.status, headers: response.headers, ...(await readFirst(response)) };
}

function get(url: string, params: Record<string, unknown>, headers: Record<string, string>) {
  const texts = Object.entries(params).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return fetch(`${url}/graphql?${new URLSearchParams(texts)}`, { headers });
}

function post(url: string, params: Record<string, unknown>, headers: Record<string, string>) {
  const body = JSON.stringify(params);
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

async function readFirst(response: Response): Promise<object> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    return (await response.json()) as object;
  }
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const [, data] = /^data: (.+)$/m.exec(text) ?? [];
    if (data !== undefined && text.endsWith('\n\n')) return JSON.parse(data);
  }
  throw new Error(`There is no result in ${text}`);
}

async function askBySocket(
  url: string,
  payload: Record<string, unknown>,
  init: Record<string, unknown>,
): Promise<FirstAnswer> {
  const socket = await RawWebSocket.init(url, init);
  socket.send({ type: 'subscribe', id: '1', payload });
  const message = await socket.until(({ id }) => id === '1');
  socket.socket.terminate();
  return message.type === 'error' ? { errors: message.payload } : message.payload;
}

/** The codes of an answer's errors. */
export function codesOf({ errors }: FirstAnswer): unknown[] {
  return (errors ?? []).map(({ extensions }) => extensions?.code);
}

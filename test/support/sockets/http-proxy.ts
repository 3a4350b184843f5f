import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to a request instead of, or after, being passed on. */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body: unknown }
  /** The socket is cut: before the request is passed on, or when its answer is there. */
  | { kind: 'cut'; when: 'before' | 'after' };

/** A proxy in front of a service, through which a test sees requests and spoils them. */
export interface HttpProxy {
  url: string;
  /** Where requests go; may be changed. */
  target: string;
  /** How many events came with each request, in the order in which the requests came. */
  batches: number[];
  /** The text of each request. */
  bodies: string[];
  /** What was sent along, by request. */
  headers: NodeJS.Dict<string | string[]>[];
  /** When each request came, in milliseconds. */
  times: number[];
  /** Answers that everything is stored instead of passing it on. */
  answersItself: boolean;
  /** Pause before each request is passed on. */
  delayMs: number;
  /**
   * Asked for each request, counted from 0, with the id of its first event; undefined passes it on.
   */
  fault: (index: number, firstId: unknown) => Fault | undefined;
  close(): Promise<void>;
}

const STORED = { outcome: 'STORED', eventId: null, errors: [] };

export async function openHttpProxy(target: string): Promise<HttpProxy> {
  const server = createServer((incoming, outgoing) => {
    // A client that is killed while it sends leaves half a request.
    pass(proxy, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: HttpProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    batches: [],
    bodies: [],
    headers: [],
    times: [],
    answersItself: false,
    delayMs: 0,
    fault: () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function pass(proxy: HttpProxy, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const index = proxy.batches.length;
  // Other operations than ingestEvents have no events.
  const { events = [] } = JSON.parse(body.toString()).variables;
  proxy.batches.push(events.length);
  proxy.bodies.push(body.toString());
  proxy.headers.push(incoming.headers);
  proxy.times.push(performance.now());
  const fault = proxy.fault(index, events[0]?.id);
  if (fault?.kind === 'answer') {
    outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
    return void outgoing.end(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body));
  }
  if (proxy.answersItself) {
    const receipts = Array.from({ length: proxy.batches[index] ?? 0 }, () => STORED);
    return void outgoing.end(JSON.stringify({ data: { ingestEvents: { receipts } } }));
  }
  if (fault?.when === 'before') return void incoming.socket.destroy();
  await sleep(proxy.delayMs);
  const { host: _host, ...headers } = incoming.headers;
  const passed = request(`${proxy.target}${incoming.url}`, { method: incoming.method, headers }, (answer) => {
    if (fault?.when === 'after') return void incoming.socket.destroy();
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => incoming.socket.destroy());
  passed.end(body);
}

import { createServer, request } from 'node:http';
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
  /** What was sent along, by request. */
  headers: NodeJS.Dict<string | string[]>[];
  /** When each request came, in milliseconds. */
  times: number[];
  /** Pause before each request is passed on. */
  delayMs: number;
  /** Asked for each request, counted from 0; undefined passes it on. */
  fault: (index: number) => Fault | undefined;
  close(): Promise<void>;
}

export async function openHttpProxy(target: string): Promise<HttpProxy> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const index = proxy.batches.length;
    proxy.batches.push(JSON.parse(body.toString()).variables.events.length);
    proxy.headers.push(incoming.headers);
    proxy.times.push(performance.now());
    const fault = proxy.fault(index);
    if (fault?.kind === 'answer') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      return void outgoing.end(typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body));
    }
    if (fault?.when === 'before') return void incoming.socket.destroy();
    await sleep(proxy.delayMs);
    const { host: _host, ...headers } = incoming.headers;
    const passed = request(
      `${proxy.target}${incoming.url}`,
      { method: incoming.method, headers },
      (answer) => {
        if (fault?.when === 'after') return void incoming.socket.destroy();
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => incoming.socket.destroy());
    passed.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: HttpProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    batches: [],
    headers: [],
    times: [],
    delayMs: 0,
    fault: () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

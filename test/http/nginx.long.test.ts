import { type IncomingMessage, request } from 'node:http';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GraphqlClient } from '../support/clients/graphql-client.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { type Nginx, startNginx } from '../support/processes/nginx.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { sendRaw } from '../support/sockets/raw-http.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

/**
 * nginx that buffers shows nothing for minutes, so a busy machine may take longer than the second
 * that users see.
 */
const AT_ONCE_MS = 2_000;

const LIVE = 'subscription { eventStored { event { position } } }';
const UPGRADE =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';

/** A subscription as its bytes arrive, with the milliseconds from the request to its head. */
class Stream {
  text = '';
  headMs = Number.POSITIVE_INFINITY;
  response: IncomingMessage | undefined;
  readonly #sent;

  constructor(url: string, tenantId: string, headers: Record<string, string> = {}) {
    const startedAt = performance.now();
    this.#sent = request(`${url}/graphql`, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-tenant-id': tenantId,
        ...headers,
      },
    });
    this.#sent.on('error', () => undefined);
    this.#sent.on('response', (response) => {
      this.response = response;
      this.headMs = performance.now() - startedAt;
      const isGzip = response.headers['content-encoding'] === 'gzip';
      const body = isGzip ? response.pipe(createGunzip()) : response;
      body.on('error', () => undefined);
      body.on('data', (chunk) => {
        this.text += String(chunk);
      });
    });
    this.#sent.end(JSON.stringify({ query: LIVE }));
  }

  close(): void {
    this.#sent.destroy();
  }
}

describeWithProgram('behind nginx', 'nginx', (path) => {
  let service: TestService;
  const servers: Nginx[] = [];
  /** Watches a silent subscription while the other tests run. */
  let watching: Promise<void>;
  beforeAll(async () => {
    service = await startTestService('postgres');
    // The first request compiles much.
    await service.client.ingest(runEvent('first'));
    servers.push(
      await startNginx(path, service.url),
      await startNginx(path, service.url, { http: 'gzip on; gzip_types *; gzip_proxied any;' }),
      await startNginx(path, service.url, { location: UPGRADE }),
      await startNginx(path, service.url, { location: 'proxy_set_header Host $http_host;' }),
    );
    watching = watchSilence();
    watching.catch(() => undefined);
  });
  afterAll(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    await service.close();
  });
  const urlOf = (index: number) => servers[index]?.url ?? '';
  const watchSilence = async () => {
    const stream = new Stream(urlOf(0), newTenant());
    await waitUntil(() => stream.text === ':\n\n', 2_000);
    await waitUntil(() => stream.text === ':\n\n:\n\n', 15_000);
    stream.close();
  };

  test.each([
    ['with its default settings', 0, {}],
    ['that compresses', 1, { 'accept-encoding': 'gzip' }],
    ['that passes upgrades on', 2, {}],
  ])(
    '%s a subscription over SSE shows its head, a comment and each event at once',
    async (_n, index, headers) => {
      const tenantId = newTenant();
      const stream = new Stream(urlOf(index), tenantId, headers);
      await waitUntil(() => stream.text.startsWith(':'), AT_ONCE_MS);
      expect(stream.headMs).toBeLessThan(AT_ONCE_MS);
      expect(stream.response?.headers['cache-control']).toBe('no-cache, no-transform');
      for (const position of [1, 2]) {
        await service.client.ingest(runEvent(tenantId));
        await waitUntil(
          () => stream.text.includes(`"position":${position}`),
          1_000,
          () => stream.text,
        );
      }
      stream.close();
    },
  );

  test('queries and mutations are answered', async () => {
    for (const { url } of servers) {
      const tenantId = newTenant();
      const client = new GraphqlClient(url, tenantId);
      expect((await client.ingest(runEvent(tenantId))).stored).toBe(1);
      expect(await client.data('{ events { totalCount } }')).toEqual({ events: { totalCount: 1 } });
    }
  });

  test('a WebSocket works with the headers for it', async () => {
    const tenantId = newTenant();
    const socket = await RawWebSocket.connect(urlOf(2), tenantId);
    socket.start(LIVE);
    // The answer to a later query says that the subscription has begun.
    expect(await socket.codesOf(socket.start('{ __typename }'))).toEqual([]);
    await service.client.ingest(runEvent(tenantId));
    await socket.until(({ payload }) => payload?.data?.eventStored?.event.position === 1);
    socket.socket.terminate();
  });

  test('a WebSocket without them is refused with 426 by the service', async () => {
    const socket = new RawWebSocket(urlOf(0));
    await waitUntil(() => socket.refusedWith !== undefined);
    expect(socket.refusedWith).toBe(426);
  });

  test('a silent subscription shows a comment at least every 15 s', () => watching);
});

test('an answer over HTTP/1.0 ends with its connection and has no chunks', async () => {
  const service = await startTestService('postgres');
  const tenantId = newTenant();
  const body = JSON.stringify({ query: LIVE });
  const head = [
    'POST /graphql HTTP/1.0',
    'Host: localhost',
    'Content-Type: application/json',
    'Accept: text/event-stream',
    `X-Tenant-Id: ${tenantId}`,
    `Content-Length: ${body.length}`,
  ].join('\r\n');
  for (const connection of ['', '\r\nConnection: keep-alive']) {
    const { text } = await sendRaw(service.url, `${head}${connection}\r\n\r\n${body}`, 1_000);
    const [headers = '', stream] = text.split('\r\n\r\n');
    expect(headers).toMatch(/^connection: close$/im);
    expect(headers).not.toMatch(/^(transfer-encoding|content-encoding|keep-alive):/im);
    expect(headers).toMatch(/^x-accel-buffering: no$/im);
    expect(stream).toBe(':\n\n');
  }
  await service.close();
});

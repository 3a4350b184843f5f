import { Agent, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { startNginx } from '../support/processes/nginx.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const TENANT = 'compressed';
const LIST = '{ automationRuns(first: 50) { nodes { runId title status occurredAt } } }';
const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync };

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  /** The bytes as they arrived. */
  bytes: Buffer;
  /** The decoded body. */
  text: string;
}

interface Asked {
  method?: string;
  path?: string;
  query?: string;
  headers?: Record<string, string>;
  agent?: Agent;
}

/** Sends a request with `Accept-Encoding`, or without it, and reads the whole answer. */
function ask(url: string, acceptEncoding: string | undefined, asked: Asked = {}): Promise<Answer> {
  const { method = 'POST', path = '/graphql', query = LIST, headers = {}, agent } = asked;
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, {
      method,
      agent: agent ?? false,
      headers: {
        ...{ 'content-type': 'application/json', 'x-tenant-id': TENANT },
        ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }),
        ...headers,
      },
    });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      const bytes = await buffer(response);
      const coding = response.headers['content-encoding'];
      const decode = DECODERS[coding as keyof typeof DECODERS];
      const text = bytes.length > 0 && decode !== undefined ? decode(bytes) : bytes;
      resolve({
        ...{ status: response.statusCode ?? 0, headers: response.headers, bytes },
        text: text.toString(),
      });
    });
    sent.end(method === 'POST' ? JSON.stringify({ query }) : undefined);
  });
}

describe('an answer', () => {
  let service: TestService;
  let plain: Answer;
  beforeAll(async () => {
    service = await startTestService('postgres');
    const events = Array.from({ length: 50 }, (_, index) => runEvent(TENANT, { title: `Export ${index}` }));
    await service.client.ingest(...events);
    plain = await ask(service.url, undefined);
  });
  afterAll(() => service.close());

  test('is sent as it is to a client that does not ask for compression', () => {
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.bytes.length).toBeGreaterThan(5_000);
    expect(plain.headers['content-length']).toBe(String(plain.bytes.length));
    expect(plain.headers.vary).toBe('accept-encoding');
  });

  const headers: [acceptEncoding: string, coding: string | undefined][] = [
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0.5, gzip', 'gzip'],
    ['br;q=0.5, gzip;q=0.4', 'br'],
    ['br ; q=0.001 , gzip;q=0', 'br'],
    ['gzip;q=1.000', 'gzip'],
    ['*', 'br'],
    ['*, br;q=0', 'gzip'],
    ['*;q=0.1, gzip;q=0.2', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['identity, br;q=0.5', undefined],
    ['identity;q=0.5, br;q=0.5', 'br'],
    ['br;q=0', undefined],
    ['gzip;q=0, *;q=0', undefined],
    ['*;q=0', undefined],
    ['identity;q=0', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['zstd', undefined],
    ['', undefined],
    [',,;;=, ;q', undefined],
    ['gzip;q=abc', undefined],
    ['gzip;q=2', undefined],
    ['gzip;q=-1', undefined],
    ['gzip;q=0.1234', undefined],
    ['gzip;q', undefined],
    ['gzip;level=9', 'gzip'],
    ['gzipbr', undefined],
  ];
  test.each(headers)('has with "Accept-Encoding: %s" the coding %s', async (acceptEncoding, coding) => {
    const answer = await ask(service.url, acceptEncoding);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(answer.text).toBe(plain.text);
    expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
    expect(answer.headers['content-type']).toBe(plain.headers['content-type']);
    expect(answer.headers.vary).toBe('accept-encoding');
    if (coding !== undefined) expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 3);
  });

  test('is sent as it is to a client that names 5,000 unknown codings', async () => {
    const answer = await ask(service.url, Array(5_000).fill('a').join());
    expect([answer.text, answer.headers['content-encoding']]).toEqual([plain.text, undefined]);
  });

  test('is compressed by GET and with both media types, and keeps its other headers', async () => {
    const path = `/graphql?query=${encodeURIComponent(LIST)}`;
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await ask(service.url, 'br', { method: 'GET', path, headers: { accept } });
      expect([answer.status, answer.headers['content-encoding']]).toEqual([200, 'br']);
      expect(answer.headers['content-type']).toBe(`${accept}; charset=utf-8`);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.text).toBe(plain.text);
    }
  });

  test('that is small is compressed only for a client that refuses it as it is', async () => {
    const query = '{ __typename }';
    const small = await ask(service.url, 'br, gzip', { query });
    expect([small.headers['content-encoding'], small.headers.vary]).toEqual([undefined, 'accept-encoding']);
    const refused = await ask(service.url, 'identity;q=0, gzip', { query });
    expect([refused.headers['content-encoding'], refused.text]).toEqual(['gzip', small.text]);
  });

  test('that holds errors is compressed with its status', async () => {
    const headers = { accept: 'application/graphql-response+json' };
    const query = `{ ${Array.from({ length: 14 }, (_, index) => `unknown${index}`).join(' ')} }`;
    const answer = await ask(service.url, 'gzip', { query, headers });
    expect([answer.status, answer.headers['content-encoding']]).toEqual([400, 'gzip']);
    expect(JSON.parse(answer.text).errors).toHaveLength(14);
  });

  test('without a body has no coding', async () => {
    const path = `/graphql?query=${encodeURIComponent(LIST)}`;
    for (const asked of [
      { method: 'HEAD', path },
      { method: 'HEAD', path: '/health/live' },
    ]) {
      const answer = await ask(service.url, 'br', asked);
      expect([asked, answer.headers['content-encoding']]).toEqual([asked, undefined]);
      expect(answer.bytes.length).toBe(0);
    }
    const page = { method: 'GET', headers: { accept: 'text/html' } };
    const { etag = '' } = (await ask(service.url, 'br', page)).headers;
    expect(etag).toMatch(/-br"$/);
    const headers = { ...page.headers, 'if-none-match': etag };
    const unchanged = await ask(service.url, 'br', { ...page, headers });
    expect([unchanged.status, unchanged.bytes.length]).toEqual([304, 0]);
    expect(unchanged.headers['content-encoding']).toBeUndefined();
    const other = await ask(service.url, 'gzip', { ...page, headers });
    expect([other.status, other.headers['content-encoding']]).toEqual([200, 'gzip']);
  });

  test('with metrics is compressed, and HEAD has the same headers', async () => {
    const path = '/metrics';
    const whole = await ask(service.url, undefined, { method: 'GET', path });
    for (const coding of ['gzip', 'br']) {
      const answer = await ask(service.url, coding, { method: 'GET', path });
      expect([answer.headers['content-encoding'], answer.headers.vary]).toEqual([coding, 'accept-encoding']);
      expect(answer.headers['content-type']).toBe(whole.headers['content-type']);
      expect(answer.text).toContain('qeg_operation_seconds_bucket');
      const head = await ask(service.url, coding, { method: 'HEAD', path });
      expect([head.headers['content-encoding'], head.bytes.length]).toEqual([coding, 0]);
    }
  });

  test('with events is never compressed', async () => {
    const sent = request(`${service.url}/graphql`, {
      method: 'POST',
      agent: false,
      headers: {
        ...{ 'content-type': 'application/json', accept: 'text/event-stream', 'x-tenant-id': TENANT },
        'accept-encoding': 'br, gzip, identity;q=0',
      },
    });
    const text = await new Promise<string>((resolve, reject) => {
      sent.on('error', reject);
      sent.on('response', (response) => {
        expect(response.headers['content-encoding']).toBeUndefined();
        response.once('data', (chunk) => resolve(String(chunk)));
      });
      sent.end(JSON.stringify({ query: 'subscription { eventStored { cursor } }' }));
    });
    expect(text).toBe(':\n\n');
    sent.destroy();
    const query = '{ automationRuns(first: 50) { nodes { runId title } } }';
    const headers = { accept: 'text/event-stream' };
    const whole = await ask(service.url, 'gzip', { query, headers });
    expect([whole.headers['content-encoding'], whole.text.slice(0, 1)]).toEqual([undefined, ':']);
  });

  test('leaves its connection usable, whatever the coding of the answer before', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const coding of ['br', undefined, 'gzip', 'identity', 'br']) {
      expect((await ask(service.url, coding, { agent })).text).toBe(plain.text);
    }
    agent.destroy();
  });

  test('to a client that leaves while it is compressed costs nothing more', async () => {
    const logged = service.log.length;
    const body = JSON.stringify({ query: LIST });
    for (let left = 0; left < 200; left += 1) {
      const sent = request(`${service.url}/graphql`, {
        ...{ method: 'POST', agent: false },
        headers: { 'content-type': 'application/json', 'x-tenant-id': TENANT, 'accept-encoding': 'br' },
      });
      sent.on('error', () => undefined);
      sent.end(body);
      setTimeout(() => sent.destroy(), left / 20);
    }
    await waitUntil(async () => (await ask(service.url, 'br')).text === plain.text);
    expect(service.log.slice(logged)).toEqual([]);
  });
});

test('a page of a listed origin gets one Vary for its origin and for the coding', async () => {
  const origin = 'https://page.example';
  const service = await startTestService('postgres', { CORS_ORIGINS: origin });
  const answer = await ask(service.url, 'br', { query: '{ __typename }', headers: { origin } });
  expect(answer.headers.vary?.toLowerCase()).toBe('origin, accept-encoding');
  expect(answer.headers['access-control-allow-origin']).toBe(origin);
  await service.close();
});

describeWithProgram('an answer behind nginx', 'nginx', (path) => {
  test.each([
    ['with its default settings', ''],
    ['that compresses itself', 'gzip on; gzip_types *; gzip_proxied any;'],
    ['that decompresses for its clients', 'gunzip on;'],
  ])('%s has one coding', async (_name, http) => {
    const service = await startTestService('postgres');
    await service.client.ingest(...Array.from({ length: 50 }, () => runEvent(TENANT)));
    const plain = await ask(service.url, undefined);
    const nginx = await startNginx(path, service.url, { http });
    for (const coding of ['br', 'gzip', 'identity', undefined]) {
      const answer = await ask(nginx.url, coding);
      expect(answer.text).toBe(plain.text);
      expect(answer.headers['content-encoding']).toBe(coding === 'identity' ? undefined : coding);
    }
    await nginx[Symbol.asyncDispose]();
    await service.close();
  });
});

import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../support/services/service.ts';

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

describe('the files of GraphiQL', () => {
  let service: TestService;
  let paths: string[];
  beforeAll(async () => {
    service = await startTestService('postgres');
    const page = (await get('/graphql', HTML)).body.toString();
    paths = [...new Set(page.match(/graphiql\/[\w.-]+/g))].map((path) => `/${path}`);
  });
  afterAll(() => service.close());

  const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  async function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    const sent = request(`${service.url}${path}`, { method, headers }).end();
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
  }

  it('are named by a small page that the browser revalidates', async () => {
    const { status, headers, body } = await get('/graphql', HTML);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept, accept-encoding',
    });
    expect(body.length).toBeLessThan(20_000);
    expect(paths).toHaveLength(7);
    const again = await get('/graphql', { ...HTML, 'if-none-match': String(headers.etag) });
    expect({ status: again.status, length: again.body.length }).toEqual({ status: 304, length: 0 });
  });

  it('may be kept for a year, and together are a sixth as large as their text', async () => {
    let compressed = 0;
    let text = 0;
    for (const path of paths) {
      const { status, headers, body } = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
      expect({ status, path }).toEqual({ status: 200, path });
      expect(headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-encoding': 'br',
        vary: 'accept-encoding',
      });
      expect(headers['content-type']).toMatch(/^text\/(javascript|css); charset=utf-8$/);
      compressed += body.length;
      text += brotliDecompressSync(body).length;
    }
    expect(text).toBeGreaterThan(8_000_000);
    expect(compressed).toBeLessThan(2_500_000);
  });

  it('come in the encoding that the client takes, each with an entity tag of its own', async () => {
    const [path = ''] = paths;
    const plain = await get(path);
    const tags = new Set([plain.headers.etag]);
    for (const [accepted, encoding] of [
      ['br', 'br'],
      ['gzip', 'gzip'],
      ['gzip, br;q=0', 'gzip'],
      ['GZIP;q=0.5', 'gzip'],
      ['*', 'br'],
      ['*, br;q=0.0', 'gzip'],
      ['identity', undefined],
      ['br;q=0, gzip;q=0', undefined],
      ['', undefined],
      ['zstd', undefined],
    ] as const) {
      const { headers, body } = await get(path, { 'accept-encoding': accepted });
      expect([accepted, headers['content-encoding']]).toEqual([accepted, encoding]);
      const decoded =
        encoding === 'br' ? brotliDecompressSync(body) : encoding === 'gzip' ? gunzipSync(body) : body;
      expect(decoded.equals(plain.body), accepted).toBe(true);
      tags.add(headers.etag);
    }
    expect(tags.size).toBe(3);
  });

  it('answer 304 where the client has them, and HEAD without a body', async () => {
    const [path = ''] = paths;
    const accepted = { 'accept-encoding': 'gzip' };
    const { headers, body } = await get(path, accepted);
    const etag = String(headers.etag);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await get(path, { ...accepted, 'if-none-match': tag });
      expect([tag, answer.status, answer.headers.etag]).toEqual([tag, 304, etag]);
    }
    expect((await get(path, { ...accepted, 'if-none-match': '"other"' })).status).toBe(200);
    const head = await get(path, accepted, 'HEAD');
    expect(head).toMatchObject({ status: 200, headers: { etag, 'content-length': String(body.length) } });
    expect(head.body.length).toBe(0);
  });

  it('are nothing else: unknown names are 404 and not kept, other methods 405', async () => {
    const unknown = await get('/graphiql/graphiql.0000000000000000.js');
    expect([unknown.status, unknown.headers['cache-control']]).toEqual([404, 'no-store']);
    expect((await get('/graphiql/../package.json')).status).toBe(404);
    const posted = await get(paths[0] ?? '', {}, 'POST');
    expect([posted.status, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await get('/graphql?query={__typename}', { accept: 'application/json' })).body.toString()).toBe(
      '{"data":{"__typename":"Query"},"extensions":{"cost":{"cost":0,"limit":100000}}}',
    );
  });
});

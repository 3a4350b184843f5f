import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/services/service.ts';

/** The most bytes of all scripts and styles as sent. */
const MOST_BYTES = 90_000;
const VIEWS = [
  ...['/', '/runs', '/runs/some-run', '/automations', '/automations/an.id', '/apps', '/apps/an%20app'],
  ...['/usage', '/quarantine', '/coverage'],
];

let service: TestService;
beforeAll(async () => {
  service = await startTestService('postgres');
});
afterAll(() => service.close());

const get = (path: string, accept = 'text/html,*/*;q=0.8', headers: Record<string, string> = {}) =>
  fetch(`${service.url}${path}`, { headers: { accept, ...headers } });

/** The addresses of scripts, styles and icon in the page. */
async function listAssets(): Promise<string[]> {
  const html = await (await get('/')).text();
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
}

test.each(VIEWS)('%s is the page for browsers and for clients that accept everything', async (path) => {
  for (const accept of ['text/html,*/*;q=0.8', '*/*']) {
    const response = await get(path, accept);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(await response.text()).toContain('<div id="app">');
  }
});

test('an unknown path is the page for browsers, and the error of the API for other clients', async () => {
  expect((await get('/nothing/here')).status).toBe(200);
  const other = await get('/nothing/here', '*/*');
  expect([other.status, (await other.json()).errors[0].extensions.code]).toEqual([404, 'NOT_FOUND']);
  expect((await get('/runs', 'application/json')).status).toBe(404);
});

test('the page runs scripts and loads styles from this server only, and has none inline', async () => {
  const response = await get('/');
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  const html = await response.text();
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)/);
  for (const address of await listAssets())
    expect(address).toMatch(/^\/assets\/[\w-]+-[\w-]{8}\.(?:js|css|svg)$/);
});

test('the page is revalidated by its entity tag, and HEAD sends its head', async () => {
  const first = await get('/runs');
  const etag = first.headers.get('etag') ?? '';
  expect(first.headers.get('cache-control')).toBe('no-cache');
  expect((await get('/usage', undefined, { 'if-none-match': etag })).status).toBe(304);
  const head = await fetch(`${service.url}/runs`, { method: 'HEAD', headers: { accept: 'text/html' } });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
});

test('assets are cached for ever and sent compressed; a missing one is no page', async () => {
  for (const address of await listAssets()) {
    const plain = await (await get(address, '*/*', { 'accept-encoding': 'identity' })).text();
    for (const coding of ['br', 'gzip']) {
      // fetch decodes what it receives.
      const response = await get(address, '*/*', { 'accept-encoding': coding });
      expect(response.headers.get('content-encoding')).toBe(coding);
      expect(response.headers.get('cache-control')).toContain('immutable');
      expect(await response.text()).toBe(plain);
    }
  }
  for (const path of ['/assets/missing-12345678.js', '/assets/', '/assets/../index.html', '/favicon.ico']) {
    const missing = await get(path);
    expect([path, missing.status]).toEqual([path, 404]);
    expect(missing.headers.get('content-type')).not.toContain('html');
  }
});

test('all scripts and styles together are small', async () => {
  const sizes = await Promise.all(
    (await listAssets()).map(async (address) => {
      const { headers } = await fetch(`${service.url}${address}`, {
        method: 'HEAD',
        headers: { 'accept-encoding': 'br' },
      });
      return Number(headers.get('content-length'));
    }),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  process.stdout.write(`dashboard: ${total} bytes\n`);
  expect(total).toBeGreaterThan(20_000);
  expect(total).toBeLessThanOrEqual(MOST_BYTES);
});

test('other methods, other hosts and the other addresses of the API are as before', async () => {
  expect((await fetch(`${service.url}/runs`, { method: 'POST' })).status).toBe(404);
  expect(await (await get('/graphql')).text()).toContain('graphiql');
  expect((await get('/health/live')).status).toBe(200);
});

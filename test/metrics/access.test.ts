import { afterAll, beforeAll, expect, test } from 'vitest';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { readMetrics } from '../support/metrics/read-metrics.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const METRICS_TOKEN = 'a-token-of-prometheus';
let service: TestService;
let open: TestService;
beforeAll(async () => {
  service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET, METRICS_TOKEN });
  open = await startTestService('postgres', { METRICS_TOKEN });
});
afterAll(() => Promise.all([service.close(), open.close()]));

const ask = (authorization?: string, method = 'GET', { url } = service) =>
  fetch(`${url}/metrics`, { method, ...(authorization && { headers: { authorization } }) });
const codeOf = async (response: Response) => {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return [response.status, errors[0]?.extensions.code];
};

test('an open server on loopback needs no token, whatever METRICS_TOKEN is', async () => {
  expect((await readMetrics(open.url)).size).toBeGreaterThan(50);
  expect((await ask('Bearer wrong', 'GET', open)).status).toBe(200);
});

test('a server with tokens needs METRICS_TOKEN or a token with events:admin', async () => {
  expect(await codeOf(await ask())).toEqual([401, 'UNAUTHENTICATED']);
  for (const wrong of ['wrong', `${METRICS_TOKEN}x`, METRICS_TOKEN.slice(1), METRICS_TOKEN.toUpperCase()]) {
    expect(await codeOf(await ask(`Bearer ${wrong}`)), wrong).toEqual([401, 'UNAUTHENTICATED']);
  }
  expect(await codeOf(await ask(METRICS_TOKEN))).toEqual([401, 'UNAUTHENTICATED']);
  const reader = await toToken({ scope: 'events:read events:ingest' });
  expect(await codeOf(await ask(`Bearer ${reader}`))).toEqual([403, 'FORBIDDEN']);
  for (const token of [METRICS_TOKEN, await toToken({ scope: 'events:admin' })]) {
    expect((await readMetrics(service.url, token)).get('qeg_database_up')).toBe(1);
  }
});

test('METRICS_TOKEN opens nothing but the metrics', async () => {
  const { status, errors } = await service.client.with(METRICS_TOKEN).request('{ __typename }');
  expect([status, errors?.[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
});

test('a token for no usable tenant may read the metrics with events:admin, which name no tenant', async () => {
  const token = await toToken({ scope: 'events:admin', tenantId: '*' });
  expect((await ask(`Bearer ${token}`)).status).toBe(200);
});

test('HEAD answers like GET without a body, and other methods are refused', async () => {
  const response = await ask(undefined, 'HEAD', open);
  expect([response.status, await response.text()]).toEqual([200, '']);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1_000);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const refused = await ask(undefined, method, open);
    expect(refused.headers.get('allow')).toBe('GET, HEAD');
    expect(await codeOf(refused)).toEqual([405, 'BAD_REQUEST']);
  }
});

test('a page that reaches an open server by a name of its own reads no metrics', async () => {
  const { request } = await import('node:http');
  const status = await new Promise((resolve) => {
    request(`${open.url}/metrics`, { headers: { host: 'evil.example' } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
  expect(status).toBe(403);
});

test('METRICS=off serves no metrics', async () => {
  const without = await startTestService('postgres', { METRICS: 'off' });
  try {
    expect(await codeOf(await ask(undefined, 'GET', without))).toEqual([404, 'NOT_FOUND']);
    await without.client.as('one').ingest({ tenantid: 'one' });
  } finally {
    await without.close();
  }
});

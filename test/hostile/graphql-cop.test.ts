import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ask, CHECKS } from '../support/identity/graphql-cop.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { type CarelessServer, startCarelessServer } from '../support/services/careless-server.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

/** What a browser says about a request from a page of another site. */
const FOREIGN = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };

describe('The checks of graphql-cop', () => {
  let careless: CarelessServer;
  let service: TestService;
  beforeAll(async () => {
    careless = await startCarelessServer();
    service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET });
  });
  afterAll(async () => {
    await careless.close();
    await service.close();
  });

  function toAsk(url: string, token?: string, more: Record<string, string> = {}): Ask {
    return async (target, init = {}) => {
      const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const headers = { ...authorization, ...more, ...(init.headers as Record<string, string> | undefined) };
      const response = await fetch(`${url}${target}`, { ...init, headers });
      const text = await response.text();
      return { text, json: /^[[{]/.test(text) ? JSON.parse(text) : undefined };
    };
  }

  test.each(CHECKS)('$title: finds a server that has the weakness', async ({ isPositive }) => {
    expect(await isPositive(toAsk(careless.url))).toBe(true);
  });

  test.each(CHECKS)('$title: negative without a token', async ({ isPositive }) => {
    expect(await isPositive(toAsk(service.url))).toBe(false);
  });

  test.each(CHECKS)('$title: negative with the token of a reader', async ({ isForgery, isPositive }) => {
    const token = await toToken({ scope: 'events:read events:ingest' });
    const ask = toAsk(service.url, token);
    // Clients may query by GET. A page of another site cannot: it has no token to send with it, and
    // the browser asks first whether it may send the header `Authorization`.
    expect(await isPositive(isForgery ? toAsk(service.url, undefined, FOREIGN) : ask)).toBe(false);
  });

  test('a page of another site may not send a token with a query by GET', async () => {
    const headers = {
      ...FOREIGN,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    };
    const preflight = await fetch(`${service.url}/graphql`, { method: 'OPTIONS', headers });
    const allowed = [...preflight.headers.keys()].filter((name) => name.startsWith('access-control-allow'));
    expect(allowed).toEqual([]);
  });
});

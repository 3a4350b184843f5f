import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

describe.each([
  ['an open server', {}],
  ['a server with tokens', { AUTH_JWT_SECRET: SECRET }],
] as const)('GraphQL over HTTP of %s', (_name, settings) => {
  let service: TestService;
  let token: string;
  beforeAll(async () => {
    service = await startTestService('postgres', settings);
    token = await toToken();
    await service.client.with(token).ingest(runEvent('one'));
  });
  afterAll(() => service.close());

  /** Sends the token, as every request to such a server does. */
  const fetchWithToken = (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(url, { ...init, headers });
  };

  for (const audit of serverAudits({ url: () => `${service.url}/graphql`, fetchFn: fetchWithToken })) {
    it(`${audit.id}: ${audit.name}`, async () => {
      const result = await audit.fn();
      const reason = 'reason' in result ? result.reason : undefined;
      expect({ status: result.status, reason }).toEqual({ status: 'ok', reason: undefined });
    });
  }
});

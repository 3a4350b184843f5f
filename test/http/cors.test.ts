import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/services/service.ts';

const FIRST = 'https://dashboards.example.com';
const SECOND = 'http://other.example.com:8080';
const UNLISTED = [
  'null',
  'https://evil.example.com',
  'https://dashboards.example.com.evil.example.com',
  'http://dashboards.example.com',
  'https://dashboards.example.com:8443',
  '*',
  'https://dashboards.example.com, http://other.example.com:8080',
];
const LIVE = JSON.stringify({ query: 'subscription { eventStored { cursor } }' });

/** One request of each kind that a page can make. */
const REQUESTS: [name: string, path: string, init: RequestInit][] = [
  ['a query by POST', '/graphql', toPost('{"query":"{ __typename }"}')],
  ['a body that is no JSON', '/graphql', toPost('{')],
  ['a form', '/graphql', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }],
  ['a query by GET', '/graphql?query=%7B__typename%7D', {}],
  ['a subscription over SSE', '/graphql', toPost(LIVE, { accept: 'text/event-stream', 'x-tenant-id': 't' })],
  ['another path', '/other', {}],
  ['liveness', '/health/live', {}],
  ['readiness', '/health/ready', {}],
  ['metrics', '/metrics', {}],
];

function toPost(body: string, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body };
}

describe.each([
  ['no origin is listed', []],
  ['one origin is listed', [FIRST]],
  ['two origins are listed', [FIRST, SECOND]],
])('where %s', (_name, origins) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres', { CORS_ORIGINS: origins.join(', ') });
  });
  afterAll(() => service.close());

  async function ask(path: string, init: RequestInit, origin?: string): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), ...(origin !== undefined && { origin }) };
    const response = await fetch(`${service.url}${path}`, { ...init, headers });
    // A stream has no end; its head is enough.
    await response.body?.cancel();
    return response;
  }

  const namesOf = ({ headers }: Response) =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  const preflight = (origin: string | undefined, method = 'POST') =>
    ask(
      '/graphql',
      {
        method: 'OPTIONS',
        headers: {
          'access-control-request-method': method,
          'access-control-request-headers': 'content-type, x-tenant-id',
        },
      },
      origin,
    );

  test.each(REQUESTS)('%s from an origin that is not listed names no origin', async (_what, path, init) => {
    const others = [FIRST, SECOND].filter((origin) => !origins.includes(origin));
    for (const origin of [...UNLISTED, ...others, undefined]) {
      expect(namesOf(await ask(path, init, origin)), origin).toEqual([]);
    }
  });

  test('a preflight from an origin that is not listed allows nothing', async () => {
    const others = [FIRST, SECOND].filter((origin) => !origins.includes(origin));
    for (const origin of [...UNLISTED, ...others, undefined]) {
      const response = await preflight(origin);
      expect([origin, response.status, namesOf(response)]).toEqual([origin, 405, []]);
    }
  });

  test('answers of /graphql vary by origin if any is listed', async () => {
    for (const [name, path, init] of REQUESTS.filter(([, route]) => route.startsWith('/graphql'))) {
      for (const origin of [undefined, 'null', ...origins]) {
        const vary = (await ask(path, init, origin)).headers.get('vary') ?? '';
        const names = vary.split(', ').filter((header) => header !== '' && header !== 'accept-encoding');
        expect([name, names]).toEqual([name, origins.length > 0 ? ['Origin'] : []]);
      }
    }
  });

  for (const origin of origins) {
    test(`${origin} may read all answers of /graphql, and no other ones`, async () => {
      for (const [name, path, init] of REQUESTS) {
        const response = await ask(path, init, origin);
        const isGraphql = path.startsWith('/graphql');
        expect([name, response.headers.get('access-control-allow-origin')]).toEqual([
          name,
          isGraphql ? origin : null,
        ]);
        expect(response.headers.get('access-control-allow-credentials')).toBe(null);
      }
    });

    test(`a preflight of ${origin} allows GET and POST with the headers it asks for`, async () => {
      for (const method of ['POST', 'GET', 'DELETE']) {
        const { status, headers } = await preflight(origin, method);
        expect(status).toBe(204);
        expect(headers.get('access-control-allow-origin')).toBe(origin);
        expect(headers.get('access-control-allow-methods')).toBe('GET, POST');
        expect(headers.get('access-control-allow-headers')).toBe('content-type, x-tenant-id');
        expect(headers.get('access-control-allow-credentials')).toBe(null);
        expect(headers.get('vary')).toBe('Origin, Access-Control-Request-Headers');
      }
    });
  }
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeOnOneDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { sendRaw } from '../../support/sockets/raw-http.ts';

const QUERY = '{"query":"{ viewer { tenantId } }"}';

describeOnOneDatabase('odd HTTP', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
    await service.client.ingest(runEvent('tenant'));
  });
  afterAll(() => service.close());

  /**
   * Any answer of the service: a status below 500, and JSON with a code for each error if there is
   * a body.
   */
  async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
    const all = { 'content-type': 'application/json', ...headers };
    const response = await fetch(`${service.url}/graphql`, { method: 'POST', headers: all, body });
    const text = await response.text();
    const { data, errors } = (text === '' ? {} : JSON.parse(text)) as {
      data?: unknown;
      errors?: { extensions?: { code?: string } }[];
    };
    const codes = (errors ?? []).map(({ extensions }) => extensions?.code);
    return { status: response.status, data, codes };
  }

  const bodies: [body: string, code: string, status: number][] = [
    ['', 'BAD_REQUEST', 400],
    ['{', 'BAD_REQUEST', 400],
    ['null', 'BAD_REQUEST', 400],
    ['5', 'BAD_REQUEST', 400],
    ['"text"', 'BAD_REQUEST', 400],
    ['[]', 'BAD_REQUEST', 400],
    [`[${QUERY}]`, 'BAD_REQUEST', 400],
    ['{"query":5}', 'BAD_REQUEST', 400],
    ['{"query":{"a":1}}', 'BAD_REQUEST', 400],
    ['{"query":"{ viewer { tenantId } }","variables":"x"}', 'BAD_REQUEST', 400],
    ['{"query":"{ viewer { tenantId } }","variables":[1]}', 'BAD_REQUEST', 400],
    ['{"query":"{ viewer { tenantId } }","extensions":5}', 'BAD_REQUEST', 400],
    ['{"query":"query A { viewer { tenantId } }","operationName":"B"}', 'OPERATION_RESOLUTION_FAILURE', 400],
    ['{"query":"query A { __typename } query B { __typename }"}', 'OPERATION_RESOLUTION_FAILURE', 400],
    [`{"query":"${'['.repeat(100_000)}"}`, 'GRAPHQL_PARSE_FAILED', 200],
    [`{"query":"${'{a'.repeat(900)}"}`, 'GRAPHQL_PARSE_FAILED', 200],
    ['{"query":"{ \\u0000 }"}', 'GRAPHQL_PARSE_FAILED', 200],
    ['{"query":"{ \\ud800 }"}', 'GRAPHQL_PARSE_FAILED', 200],
    ['{"query":"{ unknown }"}', 'GRAPHQL_VALIDATION_FAILED', 200],
  ];
  for (const [body, code, status] of bodies) {
    test(`the body ${JSON.stringify(body).slice(0, 80)} is answered with ${code}`, async () => {
      expect(await post(body)).toEqual({ status, data: undefined, codes: [code] });
    });
  }

  test('a body that is no UTF-8 is answered', async () => {
    const { codes } = await post(Uint8Array.from(Buffer.from('{"query":"{ \xff\xfe }"}', 'latin1')));
    expect(codes).toEqual(['GRAPHQL_PARSE_FAILED']);
  });

  test('a literal nested 900 levels deep is an event that is too deep', async () => {
    const literal = `{ data: ${'['.repeat(900)}${']'.repeat(900)} }`;
    const query = `mutation { ingestEvents(input: { events: [${literal}] }) { receipts { errors { code } } } }`;
    const { data } = await post(JSON.stringify({ query }));
    expect(data).toEqual({ ingestEvents: { receipts: [{ errors: [{ code: 'TOO_DEEP' }] }] } });
  });

  test('a document of very many tokens is refused', async () => {
    const query = `{ ${'viewer { tenantId } '.repeat(10_000)} }`;
    const { data, codes } = await post(JSON.stringify({ query }));
    expect({ data, codes }).toEqual({ data: undefined, codes: ['QUERY_TOO_COMPLEX'] });
  });

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/jsonp',
    '',
  ]) {
    test(`the content type "${type}" is refused`, async () => {
      const { status, data } = await post(QUERY, { 'content-type': type });
      expect({ status, data }).toEqual({ status: 415, data: undefined });
    });
  }

  for (const method of ['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'FOO']) {
    test(`the method ${method} is refused`, async () => {
      const { status } = await sendRaw(service.url, toRequest({ method, body: '' }));
      expect(status).toBe(method === 'FOO' ? 400 : 405);
    });
  }

  const statuses: [target: string, status: number][] = [
    ['//', 404],
    ['http://[', 404],
    ['/graphql/../x', 404],
    ['*', 404],
    ['//graphql', 404],
    ['/%67raphql', 404],
    ['/graphql#x', 404],
    ['?', 400],
    ['/graphql?query=%', 200],
    ['/graphql?query=%7Bviewer%7BtenantId%7D%7D&variables=%7B', 400],
    ['/graphql?query=%7Bviewer%7BtenantId%7D%7D&extensions=x', 400],
    ['/graphql?query=mutation%7B__typename%7D', 405],
    ['/graphql?query=subscription%7B__typename%7D', 405],
    [`/graphql?query=${'x'.repeat(100_000)}`, 400],
  ];
  for (const [target, status] of statuses) {
    test(`the request target ${target.slice(0, 60)} is answered with ${status}`, async () => {
      const answer = await sendRaw(service.url, toRequest({ method: 'GET', target, body: '' }));
      expect(answer.status).toBe(status);
      expect(answer.text).not.toContain('INTERNAL_SERVER_ERROR');
    });
  }

  describe('the Host header', () => {
    const named = [
      'localhost',
      'LOCALHOST:80',
      '127.0.0.1',
      '127.1.2.3:4000',
      '[::1]',
      '[::1]:1',
      'a.localhost',
    ];
    for (const host of named) {
      test(`${host} names this machine`, async () => {
        const { status, text } = await sendRaw(service.url, toRequest({ host }));
        expect(status).toBe(200);
        expect(text).toContain('"tenantId":"tenant"');
      });
    }

    const others = [
      '',
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil-localhost',
      'localhost:99999',
      'localhost@evil.example',
      'x y.localhost',
      '/.localhost',
      '#.localhost',
      '[.localhost',
      'a:b.localhost',
      '127.999.0.1',
      '0.0.0.0',
      '[::ffff:127.0.0.1]',
    ];
    for (const host of others) {
      test(`"${host}" does not, so it is refused`, async () => {
        const { status, text } = await sendRaw(service.url, toRequest({ host }));
        expect(status).toBe(403);
        expect(text).toContain('FORBIDDEN');
      });
    }
  });

  test('without CORS_ORIGINS no origin is allowed to read an answer', async () => {
    const origin = 'https://evil.example';
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: QUERY,
    });
    const preflight = await sendRaw(
      service.url,
      toRequest({
        method: 'OPTIONS',
        body: '',
        more: `Origin: ${origin}\r\nAccess-Control-Request-Method: POST\r\n`,
      }),
    );
    const names = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'));
    expect(names).toEqual([]);
    expect(preflight.text.toLowerCase()).not.toContain('access-control-');
  });

  test('none of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

interface RawRequest {
  method?: string;
  target?: string;
  host?: string;
  body?: string;
  more?: string;
}

function toRequest({
  method = 'POST',
  target = '/graphql',
  host = 'localhost',
  body = QUERY,
  more = '',
}: RawRequest) {
  const head = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}`;
  if (body === '') return `${head}\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

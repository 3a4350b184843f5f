import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { askOver, codesOf, WAYS_TO_ASK } from '../support/clients/ask-over.ts';
import { wrapAccess } from '../support/databases/wrap-access.ts';
import { SECRET } from '../support/identity/tokens.ts';
import { startOpenService } from '../support/services/open-service.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { sendRaw } from '../support/sockets/raw-http.ts';

const JSON_POST = ['POST /graphql HTTP/1.1', 'Content-Type: application/json'];
const HANDSHAKE = ['Connection: Upgrade', 'Upgrade: websocket'];
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

/**
 * The lines of a request without its Host, its body, and the status of the answer. `Host: -` sends
 * no Host.
 */
type Given = [what: string, lines: string[], body: string, status: number];

const REQUESTS: Given[] = [
  ['liveness', ['GET /health/live HTTP/1.1'], '', 200],
  ['readiness', ['GET /health/ready HTTP/1.1'], '', 200],
  ['an unknown path', ['GET /nothing HTTP/1.1'], '', 404],
  ['an odd target', ['GET //[ HTTP/1.1'], '', 404],
  ['a path of a file', ['GET /../../etc/passwd HTTP/1.1'], '', 404],
  ['a query', JSON_POST, '{"query":"{ __typename }"}', 200],
  ['a query by GET', ['GET /graphql?query=%7B__typename%7D HTTP/1.1'], '', 200],
  ['a mutation by GET', ['GET /graphql?query=mutation%7B__typename%7D HTTP/1.1'], '', 405],
  [
    'a subscription by GET',
    ['GET /graphql?query=subscription%7BeventStored%7Bcursor%7D%7D HTTP/1.1'],
    '',
    405,
  ],
  [
    'variables by GET that are no JSON',
    ['GET /graphql?query=%7B__typename%7D&variables=%7B HTTP/1.1'],
    '',
    400,
  ],
  ['no query', ['GET /graphql HTTP/1.1', 'Accept: application/json'], '', 200],
  ['an empty body', JSON_POST, '', 400],
  ['a body that is no JSON', JSON_POST, '{', 400],
  ['a body that is a list', JSON_POST, '[{"query":"{ __typename }"}]', 400],
  ['a body that is null', JSON_POST, 'null', 400],
  ['an unknown parameter', JSON_POST, '{"query":"{ __typename }","extra":1}', 400],
  ['a query that is a number', JSON_POST, '{"query":1}', 400],
  ['variables that are a list', JSON_POST, '{"query":"{ __typename }","variables":[]}', 400],
  ['a syntax error', JSON_POST, '{"query":"{"}', 200],
  ['an unknown field', JSON_POST, '{"query":"{ nothing }"}', 200],
  ['an unknown operation', JSON_POST, '{"query":"{ __typename }","operationName":"x"}', 400],
  [
    'a variable of a wrong type',
    JSON_POST,
    '{"query":"query ($n: Int) { apps(first: $n) { totalCount } }","variables":{"n":"x"}}',
    200,
  ],
  [
    'a form',
    ['POST /graphql HTTP/1.1', 'Content-Type: application/x-www-form-urlencoded'],
    'query=%7B__typename%7D',
    415,
  ],
  [
    'a multipart body',
    ['POST /graphql HTTP/1.1', 'Content-Type: multipart/form-data; boundary=x'],
    '--x--',
    415,
  ],
  ['GraphQL as text', ['POST /graphql HTTP/1.1', 'Content-Type: application/graphql'], '{ __typename }', 415],
  ['text', ['POST /graphql HTTP/1.1', 'Content-Type: text/plain'], '{"query":"{ __typename }"}', 415],
  ['a body without a type', ['POST /graphql HTTP/1.1'], '{"query":"{ __typename }"}', 415],
  ['an unknown coding', [...JSON_POST, 'Content-Encoding: zip'], '{"query":"{ __typename }"}', 415],
  ['a broken coding', [...JSON_POST, 'Content-Encoding: gzip'], '{"query":"{ __typename }"}', 400],
  ['a media type that is not served', [...JSON_POST, 'Accept: image/png'], '{"query":"{ __typename }"}', 406],
  ['a body that is too large', [...JSON_POST, 'Content-Length: 999999999'], '', 413],
  ['another method', ['PUT /graphql HTTP/1.1'], '', 405],
  [
    'a preflight of an unlisted origin',
    ['OPTIONS /graphql HTTP/1.1', 'Origin: https://x.example', 'Access-Control-Request-Method: POST'],
    '',
    405,
  ],
  ['a forged query', ['GET /graphql?query=%7B__typename%7D HTTP/1.1', 'Sec-Fetch-Site: cross-site'], '', 403],
  ['a handshake whose headers are lost', ['GET /graphql HTTP/1.1', KEY], '', 426],
  ['an upgrade of another path', ['GET /other HTTP/1.1', ...HANDSHAKE, KEY], '', 404],
  [
    'an upgrade of another origin',
    ['GET /graphql HTTP/1.1', ...HANDSHAKE, KEY, 'Origin: https://x.example'],
    '',
    403,
  ],
  ['an upgrade without a key', ['GET /graphql HTTP/1.1', ...HANDSHAKE, 'Sec-WebSocket-Version: 13'], '', 400],
  [
    'an upgrade to another protocol',
    [...JSON_POST, 'Connection: Upgrade', 'Upgrade: h2c'],
    '{"query":"{ __typename }"}',
    200,
  ],
  [
    'an expectation that is unknown',
    [...JSON_POST, 'Expect: the-unexpected'],
    '{"query":"{ __typename }"}',
    200,
  ],
  ['what is no HTTP', ['NONSENSE'], '', 400],
  ['a head that is too large', ['GET /graphql HTTP/1.1', `X: ${'x'.repeat(150_000)}`], '', 400],
  ['no Host', ['GET /graphql HTTP/1.1', 'Host: -'], '', 400],
  ['liveness without Host', ['GET /health/live HTTP/1.1', 'Host: -'], '', 400],
  ['an upgrade without Host', ['GET /graphql HTTP/1.1', 'Host: -', ...HANDSHAKE, KEY], '', 400],
  ['the page of GraphiQL', ['GET /graphql HTTP/1.1', 'Accept: text/html'], '', 200],
  ['a file of GraphiQL that is missing', ['GET /graphiql/none.js HTTP/1.1'], '', 404],
  ['another method for GraphiQL', ['DELETE /graphiql/none.js HTTP/1.1'], '', 405],
];

const INTERNALS =
  /node_modules|\bat \S+ ?\(|\.ts\b|select |insert |Failed query|SyntaxError|TypeError|Unexpected (token|end)|ECONN|secret/;

/** Returns whether an answer has as many bytes as its header says. */
function hasLengthOfBody(answer: string): boolean {
  const [, length] = /^content-length: (\d+)\r$/im.exec(answer) ?? [];
  return length !== undefined && answer.length === answer.indexOf('\r\n\r\n') + 4 + Number(length);
}

/** Sends a request and returns its status, headers and body. */
async function send(url: string, [start = '', ...lines]: string[], body: string) {
  const hasLength = lines.some((line) => line.startsWith('Content-Length'));
  const length = body === '' || hasLength ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const isHttp = start.includes('HTTP/');
  const keepsOpen = lines.some((line) => line.startsWith('Connection: '));
  const head = [
    start,
    ...(isHttp && !lines.includes('Host: -') ? ['Host: localhost'] : []),
    ...(keepsOpen ? [] : ['Connection: close']),
    ...lines.filter((line) => line !== 'Host: -'),
    ...length,
  ];
  const { status, text } = await sendRaw(
    url,
    `${head.join('\r\n')}\r\n\r\n${body}`,
    keepsOpen ? 2_000 : 30_000,
    // The connection of an upgrade that is not taken stays open.
    (answer) => keepsOpen && hasLengthOfBody(answer),
  );
  const [answer = '', ...rest] = text.split('\r\n\r\n');
  const headers = new Headers(
    answer
      .split('\r\n')
      .slice(1)
      .map((line): [string, string] => [line.split(': ')[0] ?? '', line.split(': ').slice(1).join(': ')]),
  );
  return { status, headers, body: rest.join('\r\n\r\n') };
}

function expectSafe({ headers, body }: Awaited<ReturnType<typeof send>>, isPage: boolean): void {
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('server')).toBeNull();
  if (!isPage) expect(body).not.toMatch(INTERNALS);
}

describe('every answer of an open server', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  test.each(REQUESTS)(
    '%s: has the security headers, a known code and no internals',
    async (_what, lines, body, status) => {
      const answer = await send(service.url, lines, body);
      expect(answer.status, answer.body).toBe(status);
      expectSafe(answer, lines.includes('Accept: text/html'));
      const codes = [...answer.body.matchAll(/"code":"([A-Z_]+)"/g)].map(([, code = '']) => code);
      for (const code of codes) expect(Object.keys(REFUSALS)).toContain(code);
      expect(codes).not.toContain('INTERNAL_SERVER_ERROR');
      if (answer.headers.get('content-type')?.includes('json') && status >= 400)
        expect(codes.length).toBeGreaterThan(0);
    },
  );

  test('a stream has them too', async () => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'x-tenant-id': 'one' },
      body: JSON.stringify({ query: 'subscription { eventStored { cursor } }' }),
    });
    expectSafe({ status: response.status, headers: response.headers, body: '' }, false);
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    await response.body?.cancel();
  });

  test('answers of the API are stored by no cache, files of GraphiQL for a year', async () => {
    const query = await send(service.url, JSON_POST, '{"query":"{ __typename }"}');
    expect(query.headers.get('cache-control')).toBe('no-store');
    const page = await (await fetch(`${service.url}/graphql`, { headers: { accept: 'text/html' } })).text();
    const [, file = ''] = /src="(graphiql\/[^"]+)"/.exec(page) ?? [];
    const script = await fetch(`${service.url}/${file}`);
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect(script.headers.get('x-content-type-options')).toBe('nosniff');
    await script.body?.cancel();
  });
});

describe('every answer of a server with tokens', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET });
  });
  afterAll(() => service.close());

  test.each([
    ...REQUESTS.filter(([, [start = '']]) => start.includes('/graphql')),
    [
      'a token that is wrong',
      [...JSON_POST, 'Authorization: Bearer x.y.z'],
      '{"query":"{ __typename }"}',
      401,
    ] satisfies Given,
  ])('%s without a valid token: has the security headers and no internals', async (_what, lines, body) => {
    const answer = await send(service.url, lines, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expectSafe(answer, false);
    expect(answer.body).not.toContain('"data"');
  });
});

test('a fault is masked on every transport, and only the log has it', async () => {
  const fail = () => Promise.reject(new Error('a secret at /srv/app (x.ts:1)'));
  const service = await startOpenService('postgres', {}, (database) =>
    wrapAccess(database, (access) => ({ ...access, read: fail })),
  );
  for (const way of WAYS_TO_ASK) {
    const answer = await askOver(way, service.url, { query: '{ apps { totalCount } }' }, { tenantId: 'one' });
    expect([way, codesOf(answer)]).toEqual([way, ['INTERNAL_SERVER_ERROR']]);
    const { message, extensions } = answer.errors?.[0] ?? {};
    expect(message).toMatch(/^Unexpected error\. The log has it under [0-9a-f-]{36}\.$/);
    expect(JSON.stringify(answer.errors)).not.toMatch(INTERNALS);
    expect(service.log.join('\n')).toContain(extensions?.requestId);
  }
  await service.close();
});

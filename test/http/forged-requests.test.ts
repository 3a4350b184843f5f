import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { sendRaw } from '../support/sockets/raw-http.ts';

const LISTED = 'https://dashboards.example.com';
const TARGET = '/graphql?query=%7B__typename%7D';

/** Header lines of a GET by a browser or another client, and whether the query runs. */
const GETS: [what: string, lines: string[], runs: boolean][] = [
  ['curl', [], true],
  ['a browser whose user typed the address', ['Sec-Fetch-Site: none'], true],
  ['a page of the service', ['Sec-Fetch-Site: same-origin', 'Origin: http://HOST'], true],
  ['a page of the service behind TLS', ['Sec-Fetch-Site: same-origin', 'Origin: https://HOST'], true],
  ['a listed page', ['Sec-Fetch-Site: cross-site', `Origin: ${LISTED}`], true],
  ['an image of another site', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors'], false],
  ['an image of another port of this machine', ['Sec-Fetch-Site: same-site'], false],
  ['a script of another site', ['Sec-Fetch-Site: cross-site', 'Origin: https://evil.example.com'], false],
  ['a script of another site in an old browser', ['Origin: https://evil.example.com'], false],
  ['a script of a look-alike of a listed page', [`Origin: ${LISTED}.evil.example.com`], false],
  ['a sandboxed frame', ['Origin: null', 'Sec-Fetch-Site: cross-site'], false],
  [
    'a page that claims the type of a form',
    ['Sec-Fetch-Site: cross-site', 'Content-Type: text/plain; x=application/json'],
    false,
  ],
  ['a page with a type in capitals', ['Sec-Fetch-Site: cross-site', 'Content-Type: TEXT/PLAIN'], false],
  [
    'a page that passed a preflight for its type',
    ['Origin: https://proxied.example.com', 'Content-Type: application/json'],
    true,
  ],
  [
    'a page that passed a preflight as Apollo asks for it',
    ['Sec-Fetch-Site: cross-site', 'Apollo-Require-Preflight: 1'],
    true,
  ],
  ['a page that passed a preflight for the tenant', ['Sec-Fetch-Site: cross-site', 'X-Tenant-Id: one'], true],
];

describe.each([
  ['an open server', {}],
  ['a server with tokens', { AUTH_JWT_SECRET: SECRET }],
])('a query by GET to %s', (_name, settings) => {
  let service: TestService;
  let host: string;
  beforeAll(async () => {
    service = await startTestService('postgres', { CORS_ORIGINS: LISTED, ...settings });
    host = new URL(service.url).host;
  });
  afterAll(() => service.close());

  test.each(GETS)('of %s', async (_what, lines, runs) => {
    const isOpen = Object.keys(settings).length === 0;
    // A token is in a header, which needs a preflight. Without one no query runs.
    const head = [`GET ${TARGET} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...lines];
    const { status, text } = await sendRaw(
      service.url,
      `${head.join('\r\n').replaceAll('HOST', host)}\r\n\r\n`,
    );
    expect([status, text.includes('"data"')]).toEqual(runs ? [isOpen ? 200 : 401, isOpen] : [403, false]);
    if (!runs) expect(text).toContain('"code":"FORBIDDEN"');
    if (isOpen) return;
    const withToken = [...head, `Authorization: Bearer ${await toToken()}`];
    const answer = await sendRaw(service.url, `${withToken.join('\r\n').replaceAll('HOST', host)}\r\n\r\n`);
    expect(answer.status).toBe(200);
  });

  test.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/graphql',
    '',
  ])('a POST that a page can send without a preflight (%s) is refused', async (type) => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Bearer ${await toToken()}` },
      body: new TextEncoder().encode('{"query":"{ __typename }"}'),
    });
    expect([response.status, await response.text()]).toEqual([415, expect.stringContaining('BAD_REQUEST')]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askOver, codesOf, WAYS_TO_ASK } from '../support/clients/ask-over.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const ASKS = [
  '{ __schema { queryType { name } } }',
  '{ __type(name: "App") { name } }',
  '{ ... { ... on Query { a: __schema { queryType { name } } } } }',
  '{ ...f } fragment f on Query { __type(name: "App") { name } }',
  'query Q { __typename } query R { __schema { queryType { name } } }',
  '{ viewer { tenantId } __schema { queryType { name } } }',
];

/** Operations with an unknown name that is close to a known one. */
const MISSPELT: [what: string, query: string, variables?: Record<string, unknown>][] = [
  ['a field', '{ viewerr { tenantId } }'],
  ['a field below', '{ viewer { tenantIdd } }'],
  ['an argument', '{ apps(firstt: 1) { totalCount } }'],
  ['a type', '{ ... on Querry { __typename } }'],
  ['a field of an input', '{ apps(where: { namee: { eq: "x" } }) { totalCount } }'],
  ['an enum value', '{ apps(orderBy: [{ field: NAMEE }]) { totalCount } }'],
  [
    'an input in a variable',
    'query ($w: AppFilter) { apps(where: $w) { totalCount } }',
    { w: { namee: {} } },
  ],
  [
    'an enum in a variable',
    'query ($f: AppOrderField!) { apps(orderBy: [{ field: $f }]) { totalCount } }',
    { f: 'NAMEE' },
  ],
];

interface Case {
  settings: Record<string, string>;
  scope?: string;
  answers: boolean;
}

const CASES: [what: string, given: Case][] = [
  ['an open server answers', { settings: {}, answers: true }],
  [
    'an open server that switched it off answers nobody',
    { settings: { INTROSPECTION: 'off' }, answers: false },
  ],
  [
    'a server with tokens refuses',
    { settings: { AUTH_JWT_SECRET: SECRET }, scope: 'events:read events:ingest', answers: false },
  ],
  [
    'a server with tokens answers events:admin',
    { settings: { AUTH_JWT_SECRET: SECRET }, scope: 'events:admin events:read', answers: true },
  ],
  [
    'a server with tokens that switched it on answers',
    { settings: { AUTH_JWT_SECRET: SECRET, INTROSPECTION: 'on' }, scope: 'events:read', answers: true },
  ],
];

describe.each(CASES)('introspection: %s', (_what, { settings, scope, answers }) => {
  let service: TestService;
  let token: string | undefined;
  beforeAll(async () => {
    service = await startTestService('postgres', settings);
    token = scope === undefined ? undefined : await toToken({ scope });
  });
  afterAll(() => service.close());

  const asking = () => ({ tenantId: 'one', ...(token !== undefined && { token }) });

  test('on every transport, however it is asked', async () => {
    for (const way of WAYS_TO_ASK) {
      for (const query of ASKS) {
        const params = { query, ...(query.startsWith('query Q') && { operationName: 'R' }) };
        const answer = await askOver(way, service.url, params, asking());
        expect([way, query, codesOf(answer)]).toEqual([way, query, answers ? [] : ['FORBIDDEN']]);
        expect(JSON.stringify(answer.data ?? '').includes('"name"')).toBe(answers);
      }
    }
  });

  test('and __typename is no introspection', async () => {
    for (const way of WAYS_TO_ASK) {
      const { data } = await askOver(way, service.url, { query: '{ __typename }' }, asking());
      expect(data).toEqual({ __typename: 'Query' });
    }
  });

  test.each(MISSPELT)(
    'and the error about %s suggests a name only if everybody may introspect',
    async (_where, query, variables) => {
      const isSuggested = settings.INTROSPECTION === 'on' || Object.keys(settings).length === 0;
      for (const way of WAYS_TO_ASK) {
        const { errors } = await askOver(
          way,
          service.url,
          { query, ...(variables && { variables }) },
          asking(),
        );
        const messages = (errors ?? []).map(({ message }) => message).join(' ');
        expect(messages).not.toBe('');
        expect([way, messages.includes('Did you mean')]).toEqual([way, isSuggested]);
      }
    },
  );
});

describe('GraphiQL', () => {
  test.each([
    [{}, true],
    [{ GRAPHIQL: 'off' }, false],
    [{ AUTH_JWT_SECRET: SECRET }, false],
    [{ AUTH_JWT_SECRET: SECRET, GRAPHIQL: 'on' }, true],
  ] as const)('with %j is served: %s', async (settings, isServed) => {
    const service = await startTestService('postgres', settings);
    try {
      const page = await fetch(`${service.url}/graphql`, { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect((await page.text()).includes('<div id="graphiql">')).toBe(isServed);
      const file = await fetch(`${service.url}/graphiql/start.js`);
      expect([file.status, file.headers.get('content-type')]).toEqual([
        404,
        isServed ? 'text/plain' : 'application/json',
      ]);
    } finally {
      await service.close();
    }
  });
});

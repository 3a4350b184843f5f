import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askOver, codesOf, WAYS_TO_ASK } from '../support/clients/ask-over.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const nest = (open: string, inner: string, times: number) =>
  `${open.repeat(times)}${inner}${' }'.repeat(times)}`;

type Limit = [what: string, allowed: number, toDocument: (count: number) => string, message: string];

/** Each document passes its limit with `allowed` parts and not with one more. */
const LIMITS: Limit[] = [
  [
    'aliases',
    15,
    (count) =>
      `{ viewer { ${Array.from({ length: count }, (_, index) => `a${index}: tenantId`).join(' ')} } }`,
    'has 16 aliases, more than 15',
  ],
  [
    'aliases of __typename',
    15,
    (count) => `{ ${Array.from({ length: count }, (_, index) => `a${index}: __typename`).join(' ')} }`,
    'has 16 aliases, more than 15',
  ],
  [
    'aliases in fragments, each counted once',
    15,
    (count) =>
      `{ viewer { ...a ...a } } fragment a on Viewer { ${Array.from({ length: count }, (_, index) => `a${index}: tenantId`).join(' ')} }`,
    'has 16 aliases, more than 15',
  ],
  [
    'directives',
    5,
    (count) => `{ viewer { ${'tenantId @include(if: true) '.repeat(count)} } }`,
    'has 6 directives, more than 5',
  ],
  [
    'directives anywhere',
    5,
    (count) =>
      `{ ...f @skip(if: false) ... @include(if: true) { __typename } } fragment f on Query { viewer { ${'tenantId @include(if: true) '.repeat(count - 2)} } }`,
    'has 6 directives, more than 5',
  ],
  [
    'fields of one name',
    100,
    (count) => `{ viewer { ${'tenantId '.repeat(count)} } }`,
    'selects a field 101 times, more than 100',
  ],
  [
    'nested inline fragments',
    24,
    (count) => `{ ${nest('... { ', '__typename', count - 1)} }`,
    'nests selections deeper than 24 levels',
  ],
  [
    'nested fields',
    12,
    (count) => `{ app(appId: "x") { ${nest('originApp { ', 'appId', count - 2)} } }`,
    'The operation is deeper than 12 levels',
  ],
  [
    'characters',
    100_000,
    (count) => '{ __typename } #'.padEnd(count, 'x'),
    'has more than 100000 characters',
  ],
];

/** Documents of a few thousand characters or more that cost a naive server seconds. */
const HOSTILE: [what: string, query: string][] = [
  [
    '10,000 aliases',
    `{ ${Array.from({ length: 10_000 }, (_, index) => `a${index}: __typename`).join(' ')} }`,
  ],
  ['depth 2,000', nest('{ viewer ', '{ tenantId }', 2_000)],
  ['depth 600 within the tokens', nest('{ viewer ', '{ tenantId }', 600)],
  ['a fragment cycle', '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'],
  ['5,000 directives', `{ __typename ${'@include(if: true) '.repeat(5_000)} }`],
  ['4 KB of nested inline fragments', nest('{ ... ', '{ __typename }', 600)],
  [
    'inline fragments with a field on each level',
    `{ viewer ${nest('{ tenantId ... ', '{ tenantId }', 480)} }`,
  ],
  ['2,000 equal fields', `{ viewer { ${'tenantId '.repeat(1_990)} } }`],
  ['280 equal pages', `{ ${'apps { nodes { appId } } '.repeat(280)} }`],
  ['200 equal pages with arguments', `{ ${'apps(first: 10) { totalCount } '.repeat(200)} }`],
  [
    'fragments that spread one another',
    `{ apps { nodes { ...f0 } } } ${Array.from({ length: 40 }, (_, index) => `fragment f${index} on App { ${Array.from({ length: 39 - index }, (_, more) => `...f${index + more + 1}`).join(' ')} appId }`).join(' ')}`,
  ],
  [
    'a filter of 280 levels',
    `{ automationRuns(where: ${'{ and: ['.repeat(280)}${']}'.repeat(280)}) { totalCount } }`,
  ],
  [
    '1,000 unknown fields',
    `{ ${Array.from({ length: 1_000 }, (_, index) => `automationRun${index}`).join(' ')} }`,
  ],
  [
    '480 unused variables',
    `query (${Array.from({ length: 480 }, (_, index) => `$v${index}: Int`).join(' ')}) { __typename }`,
  ],
  [
    '100 operations over 100 fragments',
    `${Array.from({ length: 100 }, (_, index) => `query q${index} { ...f0 }`).join(' ')} ${Array.from({ length: 100 }, (_, index) => `fragment f${index} on Query { ...f${index + 1} }`).join(' ')} fragment f100 on Query { __typename }`,
  ],
  ['16 MB of comment', `{ __typename } #${'x'.repeat(15_000_000)}`],
  ['a name of 15 MB', `{ ${'x'.repeat(15_000_000)} }`],
];

describe('the limits of a document', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  test.each(LIMITS)(
    '%s: %i pass, and one more is QUERY_TOO_COMPLEX on every transport',
    async (_what, allowed, toDocument, message) => {
      for (const way of WAYS_TO_ASK) {
        // A URL is shorter than the longest document.
        if (way === 'GET' && allowed > 1_000) continue;
        const asking = { tenantId: 'one' };
        expect(
          await askOver(way, service.url, { query: toDocument(allowed) }, asking),
          way,
        ).not.toHaveProperty('errors');
        const refused = await askOver(way, service.url, { query: toDocument(allowed + 1) }, asking);
        expect([way, codesOf(refused)]).toEqual([way, ['QUERY_TOO_COMPLEX']]);
        expect(refused.errors?.[0].message).toContain(message);
      }
    },
  );

  test('tokens: 2,000 pass the parser, and one more is QUERY_TOO_COMPLEX', async () => {
    const toDocument = (tokens: number) =>
      `{ automationRuns(where: { title: { in: [${'"" '.repeat(tokens - 20)}] } }) { __typename } }`;
    expect(codesOf(await askOver('POST', service.url, { query: toDocument(2_000) }))).not.toContain(
      'QUERY_TOO_COMPLEX',
    );
    expect(codesOf(await askOver('POST', service.url, { query: toDocument(2_001) }))).toEqual([
      'QUERY_TOO_COMPLEX',
    ]);
  });

  test('the introspection of GraphiQL and other tools is within them', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    const query = getIntrospectionQuery({
      specifiedByUrl: true,
      inputValueDeprecation: true,
      schemaDescription: true,
    });
    expect(await askOver('POST', service.url, { query })).not.toHaveProperty('errors');
  });

  test.each(HOSTILE)('%s: answered with a code, in 100 ms of CPU or less', async (_what, query) => {
    const times: number[] = [];
    // A comment makes each document a new one, so that no cache answers.
    for (let round = 0; round < 3; round += 1) {
      const startedAt = process.cpuUsage();
      const answer = await askOver(
        'POST',
        service.url,
        { query: `#${round}\n${query}` },
        { tenantId: 'one' },
      );
      const { user, system } = process.cpuUsage(startedAt);
      times.push((user + system) / 1_000);
      expect(answer.errors?.[0].message).not.toContain('Unexpected error');
      expect(codesOf(answer)[0]).toMatch(/^(QUERY_TOO_COMPLEX|GRAPHQL_|OPERATION_|BAD_USER)/);
    }
    // Client and service share the process; to make, send and receive 15 MB has its own cost.
    expect(Math.min(...times)).toBeLessThan(query.length > 1_000_000 ? 1_000 : 100);
  });
});

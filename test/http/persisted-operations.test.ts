import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { Misconfiguration } from '../../src/domain/misconfiguration.ts';
import { askOver, codesOf, WAYS_TO_ASK } from '../support/clients/ask-over.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';

const VIEWER = 'query Viewer {\n  viewer {\n    tenantId\n    __typename\n  }\n}';
const TWO = 'query A { a: __typename } query B { b: __typename }';
const PAGE = 'query ($n: Int) { apps(first: $n) { totalCount } }';
const CHANGE = 'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }';
const LIVE = 'subscription { eventStored { event { position } } }';
const toHash = (text: string) => createHash('sha256').update(text).digest('hex');
const toFile = (...documents: string[]) =>
  JSON.stringify(Object.fromEntries(documents.map((document) => [toHash(document), document])));

const folder = mkdtempSync(join(tmpdir(), 'persisted-'));
const path = join(folder, 'operations.json');
afterAll(() => rmSync(folder, { recursive: true }));

/** Every way to name a document. */
const NAMES: [what: string, toParams: (document: string) => Record<string, unknown>][] = [
  [
    'extensions.persistedQuery',
    (text) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: toHash(text) } } }),
  ],
  ['documentId', (text) => ({ documentId: toHash(text) })],
  ['documentId with the kind of hash', (text) => ({ documentId: `sha256:${toHash(text)}` })],
  ['id', (text) => ({ id: toHash(text) })],
  ['doc_id', (text) => ({ doc_id: toHash(text) })],
];

describe.each([false, true])('a server with stored documents (nothing else: %s)', (isOnly) => {
  let service: TestService;
  beforeAll(async () => {
    writeFileSync(path, toFile(VIEWER, TWO, PAGE, CHANGE, LIVE));
    service = await startTestService('postgres', {
      PERSISTED_OPERATIONS: path,
      PERSISTED_ONLY: String(isOnly),
    });
  });
  afterAll(() => service.close());
  const asking = { tenantId: 'one' };

  test.each(NAMES)(
    'takes %s on every transport, with variables and an operation name',
    async (_what, toParams) => {
      for (const way of WAYS_TO_ASK) {
        expect((await askOver(way, service.url, toParams(VIEWER), asking)).data.viewer.tenantId, way).toBe(
          'one',
        );
        const sized = await askOver(way, service.url, { ...toParams(PAGE), variables: { n: 0 } }, asking);
        expect(codesOf(sized)).toEqual(['BAD_USER_INPUT']);
        const named = await askOver(way, service.url, { ...toParams(TWO), operationName: 'B' }, asking);
        expect(named.data).toEqual({ b: 'Query' });
        expect(codesOf(await askOver(way, service.url, toParams(TWO), asking))).toEqual([
          'OPERATION_RESOLUTION_FAILURE',
        ]);
      }
      const variables = { events: [runEvent('one')] };
      for (const way of ['POST', 'WebSocket'] as const) {
        const { data } = await askOver(way, service.url, { ...toParams(CHANGE), variables }, asking);
        expect(data.ingestEvents.stored).toBeLessThan(2);
      }
      const byGet = await askOver('GET', service.url, { ...toParams(CHANGE), variables }, asking);
      expect(byGet.status).toBe(405);
    },
  );

  test.each(NAMES)(
    'answers an unknown %s with PERSISTED_QUERY_NOT_FOUND, which no cache keeps',
    async (_what, toParams) => {
      for (const way of WAYS_TO_ASK) {
        const answer = await askOver(way, service.url, toParams('{ unknown }'), asking);
        expect([way, codesOf(answer)]).toEqual([way, ['PERSISTED_QUERY_NOT_FOUND']]);
        expect(answer.errors?.[0].message).toBe('PersistedQueryNotFound');
        if (answer.headers !== undefined)
          expect(answer.headers.get('cache-control')).toMatch(/no-store|no-cache/);
      }
    },
  );

  test.each([
    7,
    '',
    null,
    {},
    { sha256Hash: 7 },
    '__proto__',
    'constructor',
    `${toHash(VIEWER)} `,
    toHash(VIEWER).toUpperCase(),
  ])('knows no document by the hash %j', async (name) => {
    for (const way of WAYS_TO_ASK) {
      const answer = await askOver(way, service.url, { extensions: { persistedQuery: name } }, asking).catch(
        () => undefined,
      );
      if (answer === undefined) continue;
      expect(['PERSISTED_QUERY_NOT_FOUND', 'BAD_REQUEST']).toContain(codesOf(answer)[0]);
    }
  });

  test('takes subscriptions over SSE and WebSocket', async () => {
    const socket = await RawWebSocket.connect(service.url, 'two');
    socket.send({ type: 'subscribe', id: 'live', payload: { documentId: toHash(LIVE) } });
    const stream = new SseSubscription(service.url, 'two', '', { documentId: 1 });
    await stream.close();
    await expect
      .poll(async () => {
        await askOver('POST', service.url, {
          documentId: toHash(CHANGE),
          variables: { events: [runEvent('two')] },
        });
        return socket.of('live').length;
      })
      .toBeGreaterThan(0);
    expect(socket.of('live')[0]?.payload.data.eventStored.event.position).toBeGreaterThan(0);
    socket.socket.terminate();
  });

  test(`${isOnly ? 'refuses' : 'takes'} other documents on every transport, also beside a hash`, async () => {
    const other = '{ viewer { tenantId } }';
    for (const way of WAYS_TO_ASK) {
      for (const [, toParams] of NAMES) {
        const answer = await askOver(way, service.url, { ...toParams(VIEWER), query: other }, asking);
        expect([way, codesOf(answer)]).toEqual([way, isOnly ? ['PERSISTED_ONLY'] : []]);
      }
      expect(codesOf(await askOver(way, service.url, { query: VIEWER }, asking))).toEqual([]);
    }
  });

  test('serves the Apollo client, which sends the hash alone', async () => {
    const sent: string[] = [];
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new PersistedQueryLink({ sha256: toHash }).concat(
        new HttpLink({
          uri: `${service.url}/graphql`,
          headers: asking && { 'x-tenant-id': 'one' },
          fetch: (input, init) => {
            sent.push(String(init?.body));
            return fetch(input, init);
          },
        }),
      ),
    });
    const { data } = await client.query({ query: gql(VIEWER) });
    expect(data).toMatchObject({ viewer: { tenantId: 'one' } });
    expect(sent).toHaveLength(1);
    expect(sent[0]).not.toContain('tenantId');
    client.stop();
  });
});

describe('the file of stored documents', () => {
  const problemsOf = async (text: string | undefined): Promise<readonly string[]> => {
    const file = join(folder, 'other.json');
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text);
    try {
      const service = await startTestService('postgres', { PERSISTED_OPERATIONS: file });
      await service.close();
      return [];
    } catch (failure) {
      if (failure instanceof Misconfiguration) return failure.problems;
      throw failure;
    }
  };

  test.each([
    ['is missing', undefined, /cannot be read \(ENOENT\)/],
    ['is no JSON', '{', /is not JSON/],
    ['is a list', '[]', /is not a JSON object/],
    ['is a text', '"x"', /is not a JSON object/],
    [
      'has a wrong hash',
      JSON.stringify({ abc: VIEWER }),
      /"abc" is not the SHA-256 of its document, which is [0-9a-f]{64}$/,
    ],
    [
      'has a hash in capitals',
      JSON.stringify({ [toHash(VIEWER).toUpperCase()]: VIEWER }),
      /is not the SHA-256/,
    ],
    [
      'has something else than a text',
      JSON.stringify({ [toHash(VIEWER)]: { query: VIEWER } }),
      /is not the hash of a text/,
    ],
    ['has a syntax error', toFile('{'), /Syntax Error/],
    ['has an unknown field', toFile('{ nothing }'), /Cannot query field "nothing"/],
    [
      'has a document beyond a limit',
      toFile(`{ ${'__typename @skip(if: false) '.repeat(6)} }`),
      /6 directives/,
    ],
  ])('stops the start if it %s', async (_what, text, message) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^PERSISTED_OPERATIONS: /);
    expect(problems[0]).toMatch(message);
  });

  test('is reported with every mistake at once, beside those of other settings', async () => {
    expect(await problemsOf(toFile('{ one }', '{', VIEWER, '{ two three }'))).toHaveLength(4);
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ a: VIEWER, b: VIEWER, c: 1 }));
    try {
      parseConfig({ PERSISTED_OPERATIONS: join(folder, 'other.json'), PORT: 'x', PERSISTED_ONLY: 'yes' });
      expect.unreachable();
    } catch (failure) {
      expect(failure).toBeInstanceOf(Misconfiguration);
      const names = (failure as Misconfiguration).problems.map((problem) => problem.split(':')[0]);
      expect(names.toSorted()).toEqual(
        ['PERSISTED_ONLY', ...Array(3).fill('PERSISTED_OPERATIONS'), 'PORT'].toSorted(),
      );
    }
  });

  test('may be empty, and then nothing is executed in the mode that takes nothing else', async () => {
    writeFileSync(path, '{}');
    for (const settings of [{ PERSISTED_OPERATIONS: path }, {}]) {
      const service = await startTestService('postgres', { ...settings, PERSISTED_ONLY: 'true' });
      expect(codesOf(await askOver('POST', service.url, { query: '{ __typename }' }))).toEqual([
        'PERSISTED_ONLY',
      ]);
      expect(codesOf(await askOver('POST', service.url, { documentId: 'x' }))).toEqual([
        'PERSISTED_QUERY_NOT_FOUND',
      ]);
      await service.close();
    }
  });
});

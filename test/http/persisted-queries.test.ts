import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange, gql as urqlGql } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';

const QUERY = '{ viewer { tenantId } }';
const HASH = createHash('sha256').update(QUERY).digest('hex');
const APQ = { persistedQuery: { version: 1, sha256Hash: HASH } };

describe('an operation that names a stored document', () => {
  let service: TestService;
  /** The requests of a real client, as method and whether a document was sent. */
  let sent: string[];
  beforeAll(async () => {
    service = await startTestService('postgres');
    await service.client.ingest(runEvent('tenant'));
  });
  afterAll(() => service.close());

  const watchedFetch: typeof fetch = (input, init) => {
    const text = `${init?.method ?? 'GET'} ${decodeURIComponent(String(input))} ${String(init?.body ?? '')}`;
    sent.push(`${init?.method ?? 'GET'} ${/viewer/.test(text) ? 'document' : 'hash'}`);
    return fetch(input, init);
  };

  const byPost = (body: object, accept = 'application/json') =>
    fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify(body),
    });

  const byGet = (parameters: Record<string, unknown>, accept = 'application/json') => {
    const texts = Object.entries(parameters).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]);
    return fetch(`${service.url}/graphql?${new URLSearchParams(texts)}`, { headers: { accept } });
  };

  const WITHOUT_DOCUMENT: [name: string, parameters: Record<string, unknown>][] = [
    ['a hash', { extensions: APQ }],
    ['a hash and an operation name', { operationName: 'Q', variables: {}, extensions: APQ }],
    ['id', { id: 'a1' }],
    ['documentId', { documentId: 'sha256:a1' }],
    ['doc_id', { doc_id: '1', variables: {} }],
    ['a hash beside id', { id: 'a1', extensions: APQ }],
    ['a hash beside documentId', { documentId: 'a1', extensions: APQ }],
  ];

  test.each(WITHOUT_DOCUMENT)(
    'by %s alone is refused with the message that clients look for',
    async (_name, parameters) => {
      const empty = { ...parameters, query: '' };
      for (const ask of [
        () => byPost(parameters),
        () => byGet(parameters),
        () => byPost({ ...parameters, query: null }),
        () => byPost(empty),
        () => byGet(empty),
      ]) {
        const response = await ask();
        expect(response.status).toBe(200);
        expect(response.headers.get('cache-control')).toBe('no-store');
        expect(await response.json()).toEqual({
          errors: [
            {
              message: 'PersistedQueryNotSupported',
              extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
            },
          ],
        });
      }
      const strict = await byPost(parameters, 'application/graphql-response+json');
      expect([strict.status, await strict.text()]).toEqual([400, expect.stringContaining('_NOT_SUPPORTED')]);
    },
  );

  test('is executed if it carries its document too', async () => {
    for (const [, parameters] of WITHOUT_DOCUMENT) {
      const { operationName: _, ...rest } = parameters;
      for (const response of [
        await byPost({ ...rest, query: QUERY }),
        await byGet({ ...rest, query: QUERY }),
      ]) {
        expect(await response.json()).toEqual({
          data: { viewer: { tenantId: 'tenant' } },
          extensions: { cost: { cost: 0, limit: 100_000 } },
        });
      }
    }
  });

  test.each([{}, { extensions: {} }, { extensions: { persistedQuery: null } }, { id: null }])(
    'is not what %j is: there the document is missing',
    async (parameters) => {
      const response = await byPost(parameters);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    },
  );

  test('is refused over SSE', async () => {
    const text = await (await byPost({ extensions: APQ }, 'text/event-stream')).text();
    expect(text).toContain('"PersistedQueryNotSupported"');
    expect(text).toContain('PERSISTED_QUERY_NOT_SUPPORTED');
    expect(text).not.toContain('no-store');
  });

  test('is refused over a WebSocket, which stays open', async () => {
    const socket = await RawWebSocket.connect(service.url);
    for (const [index, [, parameters]] of WITHOUT_DOCUMENT.entries()) {
      const id = `operation-${index}`;
      socket.send({ type: 'subscribe', id, payload: parameters });
      expect(await socket.codesOf(id)).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED']);
      expect(socket.of(id)).toEqual([
        {
          id,
          type: 'error',
          payload: [
            {
              message: 'PersistedQueryNotSupported',
              extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
            },
          ],
        },
      ]);
    }
    expect(await socket.codesOf(socket.start(QUERY))).toEqual([]);
    expect(socket.isOpen).toBe(true);
    socket.socket.terminate();
  });

  test.each([true, false])(
    'is sent again with its document by the Apollo client (GET for hashes: %s)',
    async (useGETForHashedQueries) => {
      sent = [];
      const client = new ApolloClient({
        cache: new InMemoryCache(),
        link: new PersistedQueryLink({
          sha256: (text) => createHash('sha256').update(text).digest('hex'),
          useGETForHashedQueries,
        }).concat(new HttpLink({ uri: `${service.url}/graphql`, fetch: watchedFetch })),
      });
      for (let round = 0; round < 2; round += 1) {
        const { data } = await client.query({
          query: gql`query Viewer { viewer { tenantId } }`,
          fetchPolicy: 'network-only',
        });
        expect(data).toMatchObject({ viewer: { tenantId: 'tenant' } });
      }
      // The first refusal ends the attempts.
      const first = useGETForHashedQueries ? 'GET hash' : 'POST hash';
      const [hash, ...documents] = sent.map((request) => request.replace(/ document$/, ''));
      expect(hash).toContain(first.split(' ')[0]);
      expect(documents).toHaveLength(2);
      client.stop();
    },
  );

  test.each([true, false] as const)(
    'is sent again with its document by urql (GET for hashes: %s)',
    async (preferGetForPersistedQueries) => {
      sent = [];
      const client = new Client({
        url: `${service.url}/graphql`,
        fetch: watchedFetch,
        preferGetMethod: false,
        exchanges: [persistedExchange({ preferGetForPersistedQueries }), fetchExchange],
      });
      for (let round = 0; round < 2; round += 1) {
        const { data, error } = await client
          .query(urqlGql`query Viewer { viewer { tenantId } }`, {}, { requestPolicy: 'network-only' })
          .toPromise();
        expect(error).toBe(undefined);
        expect(data).toMatchObject({ viewer: { tenantId: 'tenant' } });
      }
      expect(sent).toHaveLength(3);
    },
  );
});

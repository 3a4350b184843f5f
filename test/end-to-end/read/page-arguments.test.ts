import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import {
  CONNECTIONS,
  type ConnectionCase,
  readPage,
  toConnectionEvents,
  toPageDocument,
} from '../../support/events/connections.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const toCursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

const GARBAGE = [
  '',
  'x',
  '!!!',
  '\u0000',
  '\ud800',
  'x'.repeat(10_000),
  Buffer.from('not json').toString('base64url'),
  Buffer.from('{"a":1}').toString('base64url'),
  Buffer.from('['.repeat(3_000)).toString('base64url'),
  toCursor(),
  toCursor(null, null),
  toCursor('Query.events', 'POSITION DESC'),
  toCursor('Query.events', 'POSITION DESC', '1'),
  toCursor('Query.events', 'POSITION DESC', 1.5),
  toCursor('Query.events', 'POSITION DESC', 1e300),
  toCursor('Query.events', 'TIME DESC', 1),
];

/** What a place of a cursor may be forged to: the edges of what columns hold, and other types. */
const FORGED = [
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
  2 ** 53,
  -1,
  0.1,
  '',
  'a\u0000',
  '\ud800',
  'x'.repeat(2_000),
  '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '2026-02-30T00:00:00.000Z',
  'infinity',
  null,
  true,
  [1],
];

describeOnEachDatabase('page arguments', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    client = service.client.as('tenant');
    await service.client.ingest(...toConnectionEvents('tenant'));
  });
  afterAll(() => service.close());

  async function readCodes(connection: ConnectionCase, args: Record<string, unknown>): Promise<unknown[]> {
    const { errors } = await client.request(toPageDocument(connection), args);
    return [...new Set((errors ?? []).map((error) => error.extensions.code))];
  }

  for (const connection of CONNECTIONS) {
    describe(connection.name, () => {
      test('a cursor that is none, or has more to it, is refused even where only the number is selected', async () => {
        const { cursors } = await readPage(client, connection, {});
        const cursor = cursors[0] ?? expect.fail('no cursor');
        const whole = toPageDocument(connection);
        const count = whole.replace(/edges \{.*totalCount/s, 'totalCount').replace(/pageInfo \{[^}]*\}/, '');
        const decoded = Buffer.from(cursor, 'base64url');
        const bad = ['', 'x', `${cursor}!!!`, ` ${cursor}`, `${cursor}\n`, `${cursor}=`, `${cursor}AAAA`];
        bad.push(Buffer.from(` ${decoded}`).toString('base64url'));
        for (const document of [whole, count]) {
          for (const argument of ['after', 'before']) {
            for (const text of bad) {
              const { errors = [] } = await client.request(document, { [argument]: text });
              const codes = [
                ...new Set(errors.map((error: { extensions: { code: string } }) => error.extensions.code)),
              ];
              expect({ document, text, codes }).toEqual({ document, text, codes: ['BAD_CURSOR'] });
            }
            expect((await client.request(document, { [argument]: cursor })).errors).toBeUndefined();
          }
        }
      });

      test('first and last are 1 to 100, and exclude each other', async () => {
        for (const size of [0, -1, 101, 2 ** 31 - 1, -(2 ** 31)]) {
          expect(await readCodes(connection, { first: size })).toEqual(['BAD_USER_INPUT']);
          expect(await readCodes(connection, { last: size })).toEqual(['BAD_USER_INPUT']);
        }
        for (const size of [2 ** 31, 1.5, '1', true]) {
          expect(await readCodes(connection, { first: size })).toEqual(['BAD_USER_INPUT']);
        }
        expect(await readCodes(connection, { first: 1, last: 1 })).toEqual(['BAD_USER_INPUT']);
        expect(await readCodes(connection, { first: 100 })).toEqual([]);
        expect(await readCodes(connection, { last: 100 })).toEqual([]);
        expect(await readCodes(connection, { first: null, last: null, after: null, before: null })).toEqual(
          [],
        );
      });

      test('a cursor that is none is BAD_CURSOR', async () => {
        for (const [index, cursor] of GARBAGE.entries()) {
          const args = index % 2 ? { after: cursor } : { last: 1, before: cursor };
          expect(await readCodes(connection, args)).toEqual(['BAD_CURSOR']);
        }
      });
    });
  }

  test('a cursor of another connection is BAD_CURSOR', async () => {
    // Listing deleted apps too is the same connection.
    const connections = CONNECTIONS.filter(({ name }) => name !== 'apps, deleted ones included');
    for (const one of connections) {
      const { pageInfo } = await readPage(client, one, { first: 1 });
      for (const other of connections) {
        if (one === other) continue;
        expect(await readCodes(other, { after: pageInfo.endCursor }), `${one.name} → ${other.name}`).toEqual([
          'BAD_CURSOR',
        ]);
      }
    }
  });

  test('a cursor of the log is BAD_CURSOR', async () => {
    const { eventLog } = await client.data('{ eventLog { headCursor startCursor } }');
    for (const connection of CONNECTIONS) {
      expect(await readCodes(connection, { after: eventLog.headCursor })).toEqual(['BAD_CURSOR']);
      expect(await readCodes(connection, { after: eventLog.startCursor })).toEqual(['BAD_CURSOR']);
    }
  });

  test('a cursor made by hand gives a page or BAD_CURSOR, whatever it holds', async () => {
    for (const connection of CONNECTIONS) {
      const { cursors } = await readPage(client, connection, { first: 1 });
      const [name, order, ...values] = JSON.parse(Buffer.from(cursors[0] ?? '', 'base64url').toString());
      for (const place of values.keys()) {
        for (const [index, forged] of FORGED.entries()) {
          const cursor = toCursor(name, order, ...values.with(place, forged));
          const codes = await readCodes(
            connection,
            index % 2 ? { after: cursor } : { last: 5, before: cursor },
          );
          expect([[], ['BAD_CURSOR']], `${connection.name} ${place} ${forged}`).toContainEqual(codes);
        }
      }
    }
  });

  test('none of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});

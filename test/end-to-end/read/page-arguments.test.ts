import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WireClient } from '../../support/clients/wire-client.ts';
import {
  type DatabaseKind,
  describeOnEachDatabase,
  describeOnOneDatabase,
} from '../../support/databases/databases.ts';
import { takeTurns } from '../../support/databases/take-turns.ts';
import {
  CONNECTIONS,
  type ConnectionCase,
  readPage,
  toConnectionEvents,
  toPageDocument,
} from '../../support/events/connections.ts';
import { startTestService } from '../../support/services/service.ts';

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

/**
 * A service with rows in every connection, and the client of its tenant. The many requests that are
 * refused share one WebSocket.
 */
async function openConnections(kind: DatabaseKind) {
  const service = await startTestService(kind);
  await service.client.ingest(...toConnectionEvents('tenant'));
  const wire = new WireClient({ url: service.url, tenantId: 'tenant' });
  /** The codes of the errors of an answer. */
  const readCodes = async (document: string, args: Record<string, unknown>): Promise<unknown[]> => {
    const { errors = [] } = JSON.parse((await wire.ask('WebSocket', document, args)).body);
    return [...new Set(errors.map((error: { extensions: { code: string } }) => error.extensions.code))];
  };
  const close = async () => {
    await wire.close();
    await service.close();
  };
  return { service, client: service.client.as('tenant'), readCodes, close };
}

type Connections = Awaited<ReturnType<typeof openConnections>>;

const listFaults = ({ service }: Connections) => service.log.filter((line) => JSON.parse(line).level >= 50);

// Arguments are refused before any statement, so one database is enough.
describeOnOneDatabase('page arguments', (kind) => {
  let connections: Connections;
  let client: Connections['client'];
  beforeAll(async () => {
    connections = await openConnections(kind);
    client = connections.client;
  });
  afterAll(() => connections.close());

  const readCodes = (connection: ConnectionCase, args: Record<string, unknown>) =>
    connections.readCodes(toPageDocument(connection), args);

  for (const connection of CONNECTIONS) {
    describe(connection.name, () => {
      test('an invalid cursor, or one with further characters, is refused even where only the number is selected', async () => {
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
              const codes = await connections.readCodes(document, { [argument]: text });
              expect({ document, text, codes }).toEqual({ document, text, codes: ['BAD_CURSOR'] });
            }
            expect(await connections.readCodes(document, { [argument]: cursor })).toEqual([]);
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
    const others = CONNECTIONS.filter(({ name }) => name !== 'apps, deleted ones included');
    for (const one of others) {
      const { pageInfo } = await readPage(client, one, { first: 1 });
      for (const other of others) {
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

  test('none of it counts as a fault of the service', () => {
    expect(listFaults(connections)).toEqual([]);
  });
});

describeOnEachDatabase('page arguments', (kind) => {
  let connections: Connections;
  beforeAll(async () => {
    connections = await openConnections(kind);
  });
  afterAll(() => connections.close());

  test('a cursor made by hand gives a page or BAD_CURSOR, whatever it holds', async () => {
    for (const [number, connection] of CONNECTIONS.entries()) {
      const document = toPageDocument(connection);
      const { cursors } = await readPage(connections.client, connection, { first: 1 });
      const [name, order, ...values] = JSON.parse(Buffer.from(cursors[0] ?? '', 'base64url').toString());
      for (const place of values.keys()) {
        for (const [index, forged] of takeTurns(kind, [...FORGED.entries()], number + place)) {
          const cursor = toCursor(name, order, ...values.with(place, forged));
          // Each database gets both arguments.
          const args = Math.floor(index / 2) % 2 ? { after: cursor } : { last: 5, before: cursor };
          const codes = await connections.readCodes(document, args);
          expect([[], ['BAD_CURSOR']], `${connection.name} ${place} ${forged}`).toContainEqual(codes);
        }
      }
    }
  });

  test('none of it counts as a fault of the service', () => {
    expect(listFaults(connections)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { takeTurns } from '../../support/databases/take-turns.ts';
import {
  CONNECTIONS,
  type ConnectionCase,
  type ReadPage,
  readPage,
  readPages,
  toConnectionEvents,
} from '../../support/events/connections.ts';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

/**
 * Fewer than there are rows between the outermost cursors, so that a page from the start and one
 * from the end differ.
 */
const SIZE_BETWEEN = 2;

/**
 * Every page size of a short list; of a long one those around its ends, which are the ones that
 * differ in kind.
 */
function toSizes(length: number): number[] {
  const sizes = Array.from({ length }, (_, index) => index + 1);
  return length <= 12 ? sizes : sizes.filter((size) => size <= 4 || size >= length - 1);
}

describeOnEachDatabase('pages', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    client = service.client.as('tenant');
    await service.client.ingest(...toConnectionEvents('tenant'));
    // Another tenant's rows must not show on any page.
    await service.client.ingest(
      runEvent('other', { id: 'run-1', startTime: '2026-01-01T10:00:00.002Z', blocks: [{}] }),
      appEvent('other', 'app.created', { attributes: { id: 'app-01', name: 'Alpha' } }),
    );
  });
  afterAll(() => service.close());

  /**
   * All rows, read in pages of a size from the start and, with the same requests, from the end;
   * checks what each page says of its neighbours.
   */
  async function walk(connection: ConnectionCase, size: number, totalCount: number) {
    const forwards: string[] = [];
    const backwards: string[] = [];
    let after: string | null = null;
    let before: string | null = null;
    for (let isFirst = true; ; isFirst = false) {
      const pages = await readPages(client, connection, [
        { first: size, after },
        { last: size, before },
      ]);
      const [next = expect.fail(), previous = expect.fail()] = pages;
      forwards.push(...next.names);
      backwards.unshift(...previous.names);
      const more = forwards.length < totalCount;
      expect(backwards.length < totalCount).toBe(more);
      expectNeighbours(next, { hasNextPage: more, hasPreviousPage: !isFirst }, totalCount);
      expectNeighbours(previous, { hasNextPage: !isFirst, hasPreviousPage: more }, totalCount);
      if (!more) return { forwards, backwards };
      after = next.pageInfo.endCursor;
      before = previous.pageInfo.startCursor;
    }
  }

  function expectNeighbours(page: ReadPage, neighbours: object, totalCount: number): void {
    expect(page.totalCount).toBe(totalCount);
    expect(page.pageInfo).toEqual({
      ...neighbours,
      startCursor: page.cursors[0],
      endCursor: page.cursors.at(-1),
    });
  }

  for (const [place, connection] of CONNECTIONS.entries()) {
    describe(connection.name, () => {
      let whole: ReadPage;
      beforeAll(async () => {
        whole = await readPage(client, connection, { first: 100 });
      });

      test('lists everything once, in its default order', () => {
        const { names, totalCount } = whole;
        expect(totalCount).toBe(names.length);
        expect(new Set(names).size).toBe(names.length);
        if (connection.expected !== undefined) expect(names).toEqual(connection.expected);
      });

      test('gives the same list in pages of every size, forwards and backwards', async () => {
        const { names } = whole;
        for (const size of takeTurns(kind, toSizes(names.length), place)) {
          expect(await walk(connection, size, names.length)).toEqual({ forwards: names, backwards: names });
        }
      });

      test('gives what lies between two cursors, from either end', async () => {
        const { names, cursors } = whole;
        const places = [undefined, 0, names.length - 1];
        const toCursor = (row: number | undefined) => (row === undefined ? null : (cursors[row] ?? null));
        for (const [index, after] of places.entries()) {
          const befores = takeTurns(kind, places, place + index);
          const pages = await readPages(
            client,
            connection,
            befores.flatMap((before) => {
              const bounds = { after: toCursor(after), before: toCursor(before) };
              return [
                { first: SIZE_BETWEEN, ...bounds },
                { last: SIZE_BETWEEN, ...bounds },
              ];
            }),
          );
          for (const before of befores) {
            const [start = expect.fail(), end = expect.fail()] = pages.splice(0, 2);
            const between = names.slice(
              after === undefined ? 0 : after + 1,
              Math.max(before ?? names.length, (after ?? -1) + 1),
            );
            expect(start.names).toEqual(between.slice(0, SIZE_BETWEEN));
            expect(end.names).toEqual(between.slice(-SIZE_BETWEEN));
            const more = between.length > SIZE_BETWEEN;
            expect(start.pageInfo).toMatchObject({
              hasNextPage: more,
              hasPreviousPage: after !== undefined,
            });
            expect(end.pageInfo).toMatchObject({
              hasNextPage: before !== undefined,
              hasPreviousPage: more,
            });
          }
        }
      });
    });
  }

  test('reloads come newest first, of all apps and of one', async () => {
    const times = '{ nodes { occurredAt } }';
    const { appReloads, app } = await client.data(
      `{ appReloads ${times} app(appId: "app-01") { reloads ${times} } }`,
    );
    const ofAll = appReloads.nodes.map((node: { occurredAt: string }) => node.occurredAt);
    expect(ofAll).toEqual([...ofAll].sort().reverse());
    expect(ofAll.length).toBe(8);
    const ofOne = app.reloads.nodes.map((node: { occurredAt: string }) => node.occurredAt);
    expect(ofOne).toEqual(['03', '02', '02', '01', '01'].map((ms) => `2026-01-01T10:00:00.0${ms}Z`));
  });

  test('events come newest position first', async () => {
    const { events, eventLog } = await client.data(
      '{ events(first: 100) { nodes { position } } eventLog { headPosition } }',
    );
    const positions = events.nodes.map((node: { position: number }) => node.position);
    expect(positions).toEqual(
      Array.from({ length: eventLog.headPosition }, (_, index) => eventLog.headPosition - index),
    );
  });

  test('without first and last a page has 20 rows', async () => {
    const { events } = await client.data('{ events { nodes { position } pageInfo { hasNextPage } } }');
    expect([events.nodes.length, events.pageInfo.hasNextPage]).toEqual([20, true]);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase, runsAlone } from '../support/databases/databases.ts';
import { toDose } from '../support/run/dose.ts';
import type { TestService } from '../support/services/service.ts';
import { orderByOf } from './oracle/arbitraries.ts';
import { toReadingEvents } from './oracle/data.ts';
import { type OrderBy, order } from './oracle/oracle.ts';
import { RUNS } from './oracle/subjects.ts';
import { startReadingService, type World } from './oracle/world.ts';

const ORDERS: OrderBy[][] = Object.keys(RUNS.orders).flatMap((field): OrderBy[][] => [
  [{ field, direction: 'ASC' }],
  [{ field, direction: 'DESC' }],
  [{ field, direction: 'ASC' }, { field: field === 'TITLE' ? 'DURATION' : 'TITLE' }],
]);

/** Fields that an operation may have at its root. */
const ROOTS = 15;

describeOnEachDatabase('paging', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  let world: World;
  beforeAll(async () => {
    ({ service, client, world } = await startReadingService(kind));
  });
  afterAll(() => service.close());

  /**
   * The ids of all runs, read page by page; before each page another run appears somewhere among
   * them.
   */
  async function walk(orderBy: OrderBy[] | null | undefined, size: number, forward: boolean, like: object[]) {
    const ids: string[] = [];
    const page = forward ? 'first: $size, after: $cursor' : 'last: $size, before: $cursor';
    for (let cursor: string | null = null; ; ) {
      const next = like.pop();
      if (next !== undefined) await service.client.ingest(next);
      const data = await client.data(
        `query ($size: Int, $cursor: String, $orderBy: [AutomationRunOrder!]) {
          automationRuns(${page}, orderBy: $orderBy) {
            nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        { size, cursor, orderBy },
      );
      const { nodes, pageInfo } = data.automationRuns;
      const read = nodes.map(({ id }: { id: string }) => id);
      if (forward) ids.push(...read);
      else ids.unshift(...read);
      if (!(forward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return ids;
      cursor = forward ? pageInfo.endCursor : pageInfo.startCursor;
    }
  }

  /** Reads a page of one run in each order, each after its cursor. Returns the next cursors. */
  async function readCursors(cursors: readonly string[]): Promise<string[]> {
    const next: string[] = [];
    for (let start = 0; start < ORDERS.length; start += ROOTS) {
      const variables: Record<string, unknown> = {};
      const fields = ORDERS.slice(start, start + ROOTS).map((orderBy, n) => {
        Object.assign(variables, { [`o${n}`]: orderBy, [`a${n}`]: cursors[start + n] });
        return `q${n}: automationRuns(orderBy: $o${n}, first: 1, after: $a${n}) { pageInfo { endCursor } }`;
      });
      const declared = fields.map((_, n) => `$o${n}: [AutomationRunOrder!], $a${n}: String`);
      const data = await client.data(`query (${declared.join(', ')}) { ${fields.join('\n')} }`, variables);
      next.push(...fields.map((_, n) => data[`q${n}`].pageInfo.endCursor));
    }
    return next;
  }

  test('rows that exist from the start are read once and in order, while others are added', async () => {
    const known = new Set(world.runs.map(({ id }) => id));
    let counter = 0;
    const wishes = fc.record({
      orderBy: orderByOf(RUNS),
      size: fc.integer({ min: 8, max: 30 }),
      forward: fc.boolean(),
    });
    const property = fc.asyncProperty(wishes, async ({ orderBy, size, forward }) => {
      // The same data again under other ids: ties with what is there.
      const like = toReadingEvents('tenant')
        .slice(0, 12)
        .map((event) => {
          counter += 1;
          const { data } = event as { data: object };
          return { ...event, id: `later-${counter}`, data: { ...data, id: `run-5-${counter}` } };
        });
      const ids = await walk(orderBy, size, forward, like);
      expect(new Set(ids).size).toBe(ids.length);
      const expected = order(world.runs, orderBy, RUNS).map(({ id }) => id);
      expect(ids.filter((id) => known.has(id))).toEqual(expected);
    });
    await fc.assert(property, { numRuns: toDose({ short: 2, full: 10 }), endOnFailure: true });
  });

  test('a cursor of another order or connection is BAD_CURSOR', async () => {
    const query = `query ($orderBy: [AutomationRunOrder!], $after: String) {
      automationRuns(orderBy: $orderBy, first: 1, after: $after) { nodes { id } pageInfo { endCursor } } }`;
    const cursors = await readCursors([]);
    expect(new Set(cursors).size).toBe(ORDERS.length);
    const next = await readCursors(cursors);
    for (const [index, cursor] of next.entries()) expect(cursor).not.toBe(cursors[index]);
    // A foreign cursor is refused before any statement, so one database gets all of them.
    for (const distance of runsAlone(kind) ? [1, 2, 3, 7] : [1]) {
      for (const [index, orderBy] of ORDERS.entries()) {
        const after = cursors[(index + distance) % cursors.length];
        const { errors } = await client.request(query, { orderBy, after });
        expect(errors?.[0].extensions.code).toBe('BAD_CURSOR');
      }
    }
    const [after = ''] = cursors;
    const elsewhere = [
      'automationRuns(after: $after) { nodes { id } }',
      `automation(automationId: "automation-1") {
        runs(orderBy: [{ field: OCCURRED_AT, direction: ASC }], after: $after) { nodes { id } } }`,
      'appReloads(orderBy: [{ field: OCCURRED_AT, direction: ASC }], before: $after) { nodes { id } }',
    ];
    for (const field of elsewhere) {
      const { errors } = await client.request(`query ($after: String) { ${field} }`, { after });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_CURSOR']);
    }
  });

  test('the default order is the same as when it is wished for', async () => {
    const { automationRuns: first } = await client.data(
      '{ automationRuns(first: 5) { nodes { id } pageInfo { endCursor } } }',
    );
    const data = await client.data(
      `query ($after: String) {
        none: automationRuns(first: 5, after: $after, orderBy: []) { nodes { id } }
        same: automationRuns(first: 5, after: $after, orderBy: [{ field: OCCURRED_AT }]) { nodes { id } }
        default: automationRuns(first: 5, after: $after) { nodes { id } } }`,
      { after: first.pageInfo.endCursor },
    );
    expect(data.none).toEqual(data.default);
    expect(data.same).toEqual(data.default);
  });
});

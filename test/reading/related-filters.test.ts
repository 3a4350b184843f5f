import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { runEvent } from '../support/events/events.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const BLOCKS = 1_000;
/** Conditions of a filter. The full doses are about as many as a filter may have. */
const MANY = toDose({ short: 30, full: 240 });
const FEWER = toDose({ short: 25, full: 200 });
/** What a filter may take on a run with this number of blocks, on a busy machine. */
const SOON_MS = 20_000;

/** A title that takes about a millisecond to search through. */
const LONG = 'a long title '.repeat(60_000);

const none = { apiCalls: { gt: 100_000 } };
const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** The same run told over its blocks, over and over. */
const again = (levels: number, innermost: object): object =>
  levels === 0 ? innermost : { someBlock: { run: again(levels - 1, innermost) } };

/** Filters on runs: within the limits, and true for no run. */
const OF_RUNS: [what: string, where: object][] = [
  ['a block of a block of a block', again(2, { someBlock: none })],
  ['the same under not', again(1, { not: { not: { someBlock: none } } })],
  ['the same beside other conditions', { someBlock: { apiCalls: { gt: -1 }, run: { someBlock: none } } }],
  [
    `${MANY} blocks within a block`,
    { someBlock: { or: repeat(MANY, (n) => ({ run: { someBlock: { apiCalls: { gt: 100_000 + n } } } })) } },
  ],
  [
    `${MANY} conditions on a block of a block`,
    again(1, { someBlock: { or: repeat(MANY, (n) => ({ apiCalls: { gt: 100_000 + n } })) } }),
  ],
  [
    `${MANY} conditions on the run within a block`,
    { someBlock: { run: { or: repeat(MANY, (n) => ({ title: { contains: `none ${n}` } })) } } },
  ],
];

/** Filters on blocks; the last one is true for no block. */
const OF_BLOCKS: [what: string, where: object][] = [
  ...OF_RUNS.map(([what, run]): [string, object] => [`the run has ${what}`, { run }]),
  ['or', { or: [none, { run: { someBlock: { run: { someBlock: none } } } }] }],
  ['not', { not: { not: { run: { someBlock: { run: { someBlock: none } } } } } }],
  [
    '18 texts in the title of the run',
    { run: { or: repeat(18, (n) => ({ title: { contains: `none ${n}` } })) } },
  ],
  [`${FEWER} runs`, { or: repeat(FEWER, (n) => ({ run: { title: { contains: `none ${n}` } } })) }],
  [
    `${FEWER} runs with blocks`,
    { or: repeat(FEWER, (n) => ({ run: { someBlock: { apiCalls: { gt: 1e6 + n } } } })) },
  ],
];

describeOnEachDatabase('filters on related rows', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    client = service.client.as('tenant');
    const blocks = repeat(BLOCKS, (index) => ({ apiCalls: index, type: 'endpointBlock' }));
    await service.client.ingest(
      runEvent('tenant', { id: 'large', title: LONG, blocks }, { time: '2026-01-02T00:00:00Z' }),
      runEvent('tenant', { id: 'small', title: 'small', blocks: [{ apiCalls: 7 }] }),
      ...repeat(3, (n) => runEvent('tenant', { id: `also large ${n}`, blocks })),
    );
  });
  afterAll(() => service.close());

  const ask = async (query: string, where: object) => {
    const startedAt = performance.now();
    const data = await client.data(query, { where });
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
    return data;
  };

  test.each(takeTurns(kind, OF_RUNS))('runs with %s are answered soon', async (_what, where) => {
    const query = `query ($where: AutomationRunFilter) {
      automationRuns(where: $where) { nodes { runId } totalCount } automationRunStats(where: $where) { count }
      automations(where: { lastRun: $where }) { nodes { automationId } totalCount } }`;
    const { automationRuns, automationRunStats, automations } = await ask(query, where);
    for (const list of [automationRuns, automations]) expect(list).toEqual({ nodes: [], totalCount: 0 });
    expect(automationRunStats).toEqual([{ count: 0 }]);
  });

  test.each(takeTurns(kind, OF_BLOCKS, 1))('blocks where %s are answered soon', async (_what, where) => {
    const query = `query ($where: BlockFilter) {
      blocks(where: $where, orderBy: [{ field: API_CALLS }]) { nodes { ordinal } totalCount }
      blockStats(where: $where) { count }
      automationRuns { nodes { runId blocks(where: $where) { nodes { ordinal } totalCount } } } }`;
    const { blocks, blockStats, automationRuns } = await ask(query, where);
    expect(blocks).toEqual({ nodes: [], totalCount: 0 });
    expect(blockStats).toEqual([{ count: 0 }]);
    expect(automationRuns.nodes.map((run: { blocks: object }) => run.blocks)).toEqual(
      repeat(5, () => ({ nodes: [], totalCount: 0 })),
    );
  });

  test('a filter on the run of a block is the same whether it is decided for the block or for the run', async () => {
    const query = `query ($where: BlockFilter) {
      blocks(first: 100, where: $where, orderBy: [{ field: API_CALLS, direction: ASC }]) { nodes { run { runId } ordinal } totalCount }
      automationRun(runId: "small") { blocks(where: $where) { nodes { ordinal } totalCount } }
      automationRuns { nodes { blocks(where: $where) { totalCount } } } }`;
    const many = { or: repeat(30, (n) => ({ runId: { eq: `none ${n}` } })) };
    const small = { title: { eq: 'small' } };
    const light = await ask(query, { run: small });
    for (const run of [
      { or: [many, small] },
      { and: [{ someBlock: {} }, small] },
      again(1, small),
      again(1, { someBlock: {}, ...small }),
      { not: { not: { someBlock: { run: small } } } },
    ]) {
      expect(await ask(query, { run })).toEqual(light);
    }
    expect(light.blocks.nodes).toEqual([{ run: { runId: 'small' }, ordinal: 0 }]);
  });

  test('pages go on where the runs that match are far behind', async () => {
    const query = `query ($where: BlockFilter, $after: String) {
      blocks(first: 100, after: $after, where: $where) { nodes { run { runId } } pageInfo { endCursor hasNextPage } } }`;
    // The blocks of the newest run fill the first look.
    const where = { run: { runId: { in: ['small', 'also large 0'] }, someBlock: {} } };
    const ids: string[] = [];
    for (let after: string | null = null; ; ) {
      const { blocks } = await client.data(query, { where, after });
      ids.push(...blocks.nodes.map((block: { run: { runId: string } }) => block.run.runId));
      if (!blocks.pageInfo.hasNextPage) break;
      after = blocks.pageInfo.endCursor;
    }
    expect(ids).toHaveLength(BLOCKS + 1);
    expect(new Set(ids)).toEqual(new Set(['small', 'also large 0']));
  });
});

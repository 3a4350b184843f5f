import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { WireClient } from '../support/clients/wire-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import type { Statement } from '../support/databases/watch-queries.ts';
import { watchStatements } from '../support/databases/wrap-access.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';

const day = (date: number) => `2025-05-${String(date).padStart(2, '0')}T12:00:00Z`;
/** Ten days, from the 1st to the 10th of May. */
const TEN = { gte: '2025-05-01T00:00:00Z', lt: '2025-05-11T00:00:00Z' };
const GROUPS = 101;

describeOnEachDatabase('statistics with empty buckets', (kind) => {
  let service: OpenService;
  let client: GraphqlClient;
  const statements: Statement[] = [];
  beforeAll(async () => {
    service = await startOpenService(kind, {}, (database) =>
      watchStatements(database, (statement) => statements.push(statement)),
    );
    client = service.client.as('tenant');
    const run = (date: number, automation: string, data: object = {}) =>
      runEvent('tenant', { startTime: day(date), ...data }, { toplevelresourceid: automation });
    await client.ingest(
      run(2, 'a', { status: 'failed', totalApiCalls: 5, blocks: [{ connectorId: 'c' }] }),
      run(2, 'a', { status: 'finished' }),
      run(5, 'a', { status: 'finished', stopTime: '2025-05-05T12:00:01Z' }),
      run(9, 'b', { status: 'failed' }),
      run(20, 'late'),
      appEvent('tenant', 'app.reload.finished', { status: 'error', endTime: day(3) }),
    );
    const many = Array.from({ length: GROUPS }, (_, index) =>
      runEvent('many', { startTime: day(1), ownerId: `owner-${index}` }),
    );
    await client.as('many').ingest(...many);
  });
  afterAll(() => service.close());

  const toCodes = async (asking: GraphqlClient, query: string, variables: object = {}) =>
    (await asking.request(query, { ...variables })).errors?.map(({ extensions }) => extensions.code);
  const countsOf = (rows: { count: number }[]) => rows.map(({ count }) => count);

  test('an empty bucket has counts and sums of 0; a sum that no run of a bucket has is null', async () => {
    const fields = `count successCount failureCount billableCount totalApiCalls rxBytes txBytes
      duration { count sum min avg p50 max } queued { count p95 }`;
    const query = `query ($ten: DateTimeFilter, $one: DateTimeFilter) {
      filled: automationRunStats(where: { occurredAt: $ten }, interval: DAY, fill: true) { ${fields} }
      alone: automationRunStats(where: { occurredAt: $one }) { ${fields} } }`;
    const one = { gte: '2025-05-10T00:00:00Z', lt: '2025-05-11T00:00:00Z' };
    const { filled, alone } = await client.data(query, { ten: TEN, one });
    expect(countsOf(filled)).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 2, 0]);
    expect(filled[0]).toEqual({ ...alone[0], totalApiCalls: 0, rxBytes: 0, txBytes: 0 });
    expect(filled[8]).toMatchObject({ count: 2, failureCount: 1, totalApiCalls: 5, duration: { count: 0 } });
    expect(filled[8]).toMatchObject({ rxBytes: null, txBytes: null });
  });

  test('each group that occurs in the range has every bucket, and no other group has any', async () => {
    const { automationRunStats } = await client.data(
      `query ($where: AutomationRunFilter) {
        automationRunStats(where: $where, groupBy: [AUTOMATION], interval: DAY, fill: true) { automationId count } }`,
      { where: { occurredAt: TEN } },
    );
    const of = (id: string) =>
      countsOf(automationRunStats.filter((row: { automationId: string }) => row.automationId === id));
    expect(automationRunStats).toHaveLength(20);
    expect([of('a'), of('b')]).toEqual([
      [0, 0, 0, 0, 0, 1, 0, 0, 2, 0],
      [0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  test('no group means no rows, and without grouping the buckets are there all the same', async () => {
    const data = await client.data(
      `query ($where: AutomationRunFilter) {
        grouped: automationRunStats(where: $where, groupBy: [OWNER, STATUS], interval: DAY, fill: true) { count }
        plain: automationRunStats(where: $where, interval: DAY, fill: true) { count } }`,
      { where: { occurredAt: TEN, title: { eq: 'none' } } },
    );
    expect(data).toEqual({ grouped: [], plain: Array(10).fill({ count: 0 }) });
  });

  test('orders and `first` apply to empty buckets as well', async () => {
    const ask = async (orderBy: string, first: number) => {
      const { rows } = await client.data(
        `query ($where: AutomationRunFilter) { rows: automationRunStats(where: $where, interval: DAY, fill: true,
          orderBy: [${orderBy}], first: ${first}) { bucketStart failureCount duration { max } } }`,
        { where: { occurredAt: TEN } },
      );
      return rows.map(({ bucketStart }: { bucketStart: string }) => Number(bucketStart.slice(8, 10)));
    };
    expect(await ask('', 3)).toEqual([10, 9, 8]);
    expect(await ask('{ field: FAILURE_COUNT }', 4)).toEqual([9, 2, 10, 8]);
    // A count of nothing is 0 and comes before 1; a maximum of nothing is null and comes last.
    expect(
      await ask('{ field: FAILURE_COUNT, direction: ASC }, { field: BUCKET_START, direction: ASC }', 3),
    ).toEqual([1, 3, 4]);
    expect(await ask('{ field: DURATION_MAX, direction: ASC }', 2)).toEqual([5, 10]);
  });

  test('every automation of a list has all buckets, with runs in the range or not', async () => {
    const { automations } = await client.data(
      `query ($where: AutomationRunFilter) { automations(orderBy: [{ field: LAST_RUN_AT, direction: ASC }]) { nodes {
        automationId runStats(where: $where, interval: DAY, fill: true, first: 6) { count } } } }`,
      { where: { occurredAt: TEN } },
    );
    const counts = automations.nodes.map((node: { automationId: string; runStats: { count: number }[] }) => [
      node.automationId,
      countsOf(node.runStats),
    ]);
    expect(counts).toEqual([
      ['a', [0, 0, 0, 0, 0, 1]],
      ['b', [0, 1, 0, 0, 0, 0]],
      ['late', [0, 0, 0, 0, 0, 0]],
    ]);
  });

  test('blocks are limited by the time of their run, reloads by their own', async () => {
    const data = await client.data(
      `query ($time: DateTimeFilter) {
        blockStats(where: { run: { occurredAt: $time } }, groupBy: [CONNECTOR], interval: DAY, fill: true) { count runCount }
        appReloadStats(where: { occurredAt: $time }, interval: DAY, fill: true) { count failedCount } }`,
      { time: TEN },
    );
    expect(countsOf(data.blockStats)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(countsOf(data.appReloadStats)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    expect(data.blockStats[0]).toEqual({ count: 0, runCount: 0 });
  });

  describe('the range', () => {
    const days = async (where: object) => {
      const { automationRunStats } = await client.data(
        'query ($where: AutomationRunFilter) { automationRunStats(where: $where, interval: DAY, fill: true) { bucketStart } }',
        { where },
      );
      return automationRunStats.map(({ bucketStart }: { bucketStart: string }) =>
        Number(bucketStart.slice(8, 10)),
      );
    };
    const time = (filter: object) => ({ occurredAt: filter });

    test('begins and ends with the first and the last millisecond that the filter lets pass', async () => {
      const [first, last] = ['2025-05-01T23:59:59.999Z', '2025-05-03T00:00:00Z'];
      expect(await days(time({ gte: first, lte: last }))).toEqual([3, 2, 1]);
      expect(await days(time({ gt: first, lt: last }))).toEqual([2]);
      expect(await days(time({ gte: last, lte: last }))).toEqual([3]);
      for (const nothing of [
        { gte: last, lt: last },
        { gt: last, lt: first },
      ]) {
        expect(await days(time(nothing))).toEqual([]);
      }
      expect(await days(time({ gte: '2025-05-02T01:00:00+02:00', lt: last }))).toEqual([2, 1]);
    });

    test('is what all conditions together let pass, those in `and` too', async () => {
      const lower = time({ gte: '2025-05-02T00:00:00Z', gt: '2025-05-03T00:00:00Z' });
      const upper = { and: [{ and: [time({ lt: '2025-05-06T00:00:00Z' })] }, { title: { isNull: true } }] };
      expect(await days({ ...lower, ...upper })).toEqual([5, 4, 3]);
      expect(await days({ ...time(TEN), and: [lower], ...{ or: [upper] } })).toHaveLength(8);
    });

    test.each([
      ['no filter', undefined],
      ['an empty filter', {}],
      ['one side only', time({ gte: TEN.gte })],
      ['the other side only', time({ lt: TEN.lt })],
      ['a range in `or`', { or: [time(TEN)] }],
      ['a range in `not`', { not: { not: time(TEN) } }],
      ['a range of another time', { startTime: TEN }],
      ['a range of a related row', { someBlock: { run: time(TEN) } }],
    ])('has to be there: %s is refused', async (_what, where) => {
      const query = (fill: string) =>
        `query ($where: AutomationRunFilter) { automationRunStats(where: $where, interval: DAY, fill: ${fill}) { count } }`;
      expect(await toCodes(client, query('true'), { where })).toEqual(['BAD_USER_INPUT']);
      for (const off of ['false', 'null'])
        expect(await toCodes(client, query(off), { where })).toBeUndefined();
    });

    test('is of no use without `interval`, which is refused', async () => {
      const where = time(TEN);
      const query =
        'query ($where: AutomationRunFilter) { automationRunStats(where: $where, groupBy: [STATUS], fill: true) { count } }';
      expect(await toCodes(client, query, { where })).toEqual(['BAD_USER_INPUT']);
    });
  });

  describe('the limit of rows', () => {
    const query = `query ($where: AutomationRunFilter, $interval: TimeInterval, $groupBy: [AutomationRunGrouping!],
      $first: Int, $zone: String) {
      automationRunStats(where: $where, interval: $interval, groupBy: $groupBy, first: $first, timeZone: $zone,
        fill: true) { bucketStart count } }`;
    const within = (gte: string, lt: string) => ({ occurredAt: { gte, lt } });
    const tooMany = ['TOO_MANY_GROUPS'];

    test('holds for empty buckets too: 1,000 are answered, 1,001 refused, and with `first` cut', async () => {
      const minutes = (count: number) => {
        const end = new Date(Date.parse(TEN.gte) + count * 60_000).toISOString();
        return { where: within(TEN.gte, end), interval: 'MINUTE' };
      };
      expect((await client.data(query, minutes(1000))).automationRunStats).toHaveLength(1000);
      expect(await toCodes(client, query, minutes(1001))).toEqual(tooMany);
      const cut = await client.data(query, { ...minutes(1440 * 30), first: 2 });
      expect(cut.automationRunStats).toEqual([
        { bucketStart: '2025-05-30T23:59:00.000Z', count: 0 },
        { bucketStart: '2025-05-30T23:58:00.000Z', count: 0 },
      ]);
    });

    test('counts the buckets of all groups before it makes a row', async () => {
      const many = client.as('many');
      const grouped = { interval: 'DAY', groupBy: ['OWNER'] };
      const days = (count: number) =>
        within(TEN.gte, new Date(Date.parse(TEN.gte) + count * 86_400_000).toISOString());
      const nine = { ...grouped, where: days(9) };
      expect((await many.data(query, nine)).automationRunStats).toHaveLength(9 * GROUPS);
      expect(await toCodes(many, query, { ...grouped, where: days(10) })).toEqual(tooMany);
      const cut = await many.data(query, { ...grouped, where: days(10), first: 1001 });
      expect(cut.automationRunStats).toHaveLength(1001);
      // 990 × 101 rows are made, 991 × 101 are not.
      expect(
        (await many.data(query, { ...grouped, where: days(990), first: 1 })).automationRunStats,
      ).toHaveLength(1);
      expect(await toCodes(many, query, { ...grouped, where: days(991), first: 1 })).toEqual(tooMany);
    });

    test('refuses a long range at once, without a statement that makes rows', async () => {
      const where = within('0001-01-01T00:00:00Z', '9999-12-31T00:00:00Z');
      for (const interval of ['MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH']) {
        for (const first of [undefined, 10_000]) {
          statements.length = 0;
          const variables = { where, interval, first, zone: 'Europe/Berlin' };
          expect(await toCodes(client, query, variables)).toEqual(tooMany);
          expect(statements.filter(({ sql }) => sql.includes('automation_runs'))).toEqual([]);
        }
      }
    });

    test('refuses one automation alone, and all of a list together', async () => {
      const many = client.as('many');
      const list = (more: string) => `query ($where: AutomationRunFilter) { automations { nodes {
        runStats(where: $where, interval: DAY, groupBy: [OWNER], fill: true${more}) { count } } } }`;
      const where = within(TEN.gte, TEN.lt);
      expect(await toCodes(many, list(''), { where })).toEqual(tooMany);
      expect(await toCodes(many, list(', first: 1000'), { where })).toBeUndefined();
      const hours = `query ($where: AutomationRunFilter) { automations { nodes {
        runStats(where: $where, interval: HOUR, fill: true, first: 10000) { count } } } }`;
      // Three automations with 4,000 hours each are 12,000 rows.
      const long = within('2025-01-01T00:00:00Z', '2025-06-16T16:00:00Z');
      expect(new Set(await toCodes(client, hours, { where: long }))).toEqual(new Set(tooMany));
      expect(await toCodes(many, hours, { where: long })).toBeUndefined();
    });

    test('is the cost of an operation, filled or not', async () => {
      const wire = new WireClient({ url: service.url, tenantId: 'tenant' });
      const costOf = async (more: string) => {
        const { body } = await wire.ask(
          'HTTP',
          `query ($where: AutomationRunFilter) {
            automationRunStats(where: $where, interval: DAY, first: 500, groupBy: [AUTOMATION]${more}) {
              automation { runs(first: 2) { nodes { runId } } } } }`,
          { where: within(TEN.gte, TEN.lt) },
        );
        return JSON.parse(body).extensions.cost.cost;
      };
      // 500 rows, and two runs of each.
      expect(await costOf('')).toBe(1500);
      expect(await costOf(', fill: true, orderBy: [{ field: COUNT }]')).toBe(1500);
    });
  });

  test('more orders than there are are refused, and a repeated one changes nothing', async () => {
    const query = `query ($orderBy: [AutomationRunStatsOrder!]) { automationRunStats(groupBy: [AUTOMATION], orderBy: $orderBy) { automationId } }`;
    const ask = async (...orderBy: object[]) => (await client.data(query, { orderBy })).automationRunStats;
    const once = await ask({ field: 'FAILURE_COUNT', direction: 'ASC' });
    expect(await ask({ field: 'FAILURE_COUNT', direction: 'ASC' }, { field: 'FAILURE_COUNT' })).toEqual(once);
    const orderBy = Array.from({ length: 11 }, () => ({ field: 'COUNT' }));
    expect(await toCodes(client, query, { orderBy })).toEqual(['BAD_USER_INPUT']);
    for (const none of [null, []]) {
      expect((await client.data(query, { orderBy: none })).automationRunStats).toEqual(await ask());
    }
    // Without an interval all rows have the same bucket.
    expect(await ask({ field: 'BUCKET_START', direction: 'ASC' })).toEqual(await ask());
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase, runsAlone } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { IS_FULL } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const PARENTS = 100;

describeOnEachDatabase('the limits of statistics', (kind) => {
  // 10,001 runs cost seconds, so in the short dose only PostgreSQL has them.
  const isLarge = kind !== 'pglite' || IS_FULL;
  const runsOfParent = isLarge ? 100 : 2;
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    client = service.client.as('tenant');
    const huge = { network: { rxBytes: MAX, txBytes: 1 }, blocks: [{ duration: MAX, apiCalls: 1 }] };
    await service.client.ingest(
      runEvent('tenant', huge),
      runEvent('tenant', { ...huge, network: { rxBytes: 1 } }),
      runEvent('tenant', { network: { txBytes: MAX - 1 } }),
      appEvent('tenant', 'app.reload.finished', { duration: 1 }),
    );
    const blocks = Array.from({ length: 1000 }, (_, n) => ({ blockName: `0/${n}` }));
    await service.client.ingest(
      runEvent('many', { id: 'run-0', blocks }),
      runEvent('many', { id: 'run-1', blocks: [{ blockName: '1/0' }] }),
    );
    for (let run = 2; IS_FULL && run < 12; run += 1) {
      const more = blocks.map((_, n) => ({ blockName: `${run}/${n}` }));
      await service.client.ingest(runEvent('many', { id: `run-${run}`, blocks: more }));
    }
    const toRun = (index: number) =>
      runEvent(
        'parents',
        { ownerId: `owner-${index}` },
        { toplevelresourceid: `automation-${index % PARENTS}` },
      );
    const runs = Array.from({ length: runsOfParent * PARENTS + 1 }, (_, index) => toRun(index));
    for (let start = 0; start < runs.length; start += 1000) {
      await service.client.ingest(...runs.slice(start, start + 1000));
    }
  });
  afterAll(() => service.close());

  test('without grouping and interval there is exactly one row, also where there is nothing to count', async () => {
    const none = { count: 0, duration: { count: 0, sum: null, avg: null, p50: null, max: null } };
    const fields = '{ bucketStart count duration { count sum avg p50 max } }';
    const data = await client.data(`{
      runs: automationRunStats(where: { or: [] }) { bucketStart count successCount rxBytes
        duration { count sum avg p50 max } queued { count } }
      blocks: blockStats(where: { or: [] }) ${fields} reloads: appReloadStats(where: { or: [] }) ${fields}
      automation(automationId: "automation-1") { runStats(where: { or: [] }) ${fields} }
      grouped: automationRunStats(where: { or: [] }, groupBy: [STATUS]) { count }
      cut: automationRunStats(where: { or: [] }, interval: DAY) { count }
      all: automationRunStats(groupBy: []) { count } }`);
    expect(data.runs).toEqual([
      { bucketStart: null, ...none, successCount: 0, rxBytes: null, queued: { count: 0 } },
    ]);
    for (const rows of [data.blocks, data.reloads, data.automation.runStats]) {
      expect(rows).toEqual([{ bucketStart: null, ...none }]);
    }
    expect([data.grouped, data.cut, data.all]).toEqual([[], [], [{ count: 3 }]]);
  });

  test('what is selected in pieces, in fragments and under other names is computed', async () => {
    const plain = await client.data('{ blockStats { count runCount apiCalls duration { count p50 max } } }');
    const pieces = await client.data(
      `query ($yes: Boolean = true) { blockStats { duration { p50 } } ...A blockStats { ... { runCount } } }
        fragment A on Query { blockStats { calls: apiCalls length: duration { ... { most: max } ...B @include(if: $yes) } } }
        fragment B on DurationStats { count }`,
    );
    const [{ count, runCount, apiCalls, duration }] = plain.blockStats;
    expect([count, runCount, apiCalls, duration]).toEqual([2, 2, 2, { count: 2, p50: MAX, max: MAX }]);
    const length = { most: duration.max, count: duration.count };
    expect(pieces.blockStats).toEqual([{ duration: { p50: MAX }, calls: apiCalls, length, runCount }]);
  });

  test('a sum beyond 2^53 is an error of its field and of no other', async () => {
    const { data, errors } = await client.request(
      '{ automationRunStats { count rxBytes txBytes } blockStats { apiCalls duration { count sum max avg } } }',
    );
    expect(data.automationRunStats).toEqual([{ count: 3, rxBytes: null, txBytes: MAX }]);
    const { duration, apiCalls } = data.blockStats[0];
    expect([apiCalls, duration.count, duration.sum, duration.max]).toEqual([2, 2, null, MAX]);
    expect(duration.avg).toBeCloseTo(MAX, -3);
    // The two root fields are read side by side, so either error may come first.
    expect(errors?.map(({ path, extensions }) => `${extensions.code} ${path.join('.')}`).sort()).toEqual([
      'OUT_OF_RANGE automationRunStats.0.rxBytes',
      'OUT_OF_RANGE blockStats.0.duration.sum',
    ]);
  });

  test('without `first` 1,000 rows are answered and more are refused; with it the cut is asked for', async () => {
    const many = service.client.as('many');
    const query = `query ($where: BlockFilter, $first: Int) {
      blockStats(groupBy: [BLOCK_NAME], where: $where, first: $first) { blockName count } }`;
    const one = { run: { runId: { eq: 'run-0' } } };
    const oneMore = { or: [one, { blockName: { eq: '1/0' } }] };
    expect((await many.data(query, { where: one })).blockStats.length).toBe(1000);
    for (const first of [undefined, null]) {
      const { errors } = await many.request(query, { where: oneMore, first });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['TOO_MANY_GROUPS']);
      expect(errors?.[0].message).toContain('pass `first`');
    }
    expect((await many.data(query, { where: oneMore, first: 1001 })).blockStats.length).toBe(1001);
    for (const first of IS_FULL ? [1, 1000, 10_000] : [1, 1000]) {
      expect((await many.data(query, { first })).blockStats.length).toBe(first);
    }
    // What is cut off is the end of the order.
    const all = await many.data(query, { first: 10_000 });
    expect((await many.data(query, { first: 3 })).blockStats).toEqual(all.blockStats.slice(0, 3));
  });

  if (isLarge)
    test('with `first` up to 10,000 rows are answered', async () => {
      const { automationRunStats } = await service.client
        .as('parents')
        .data('{ automationRunStats(groupBy: [OWNER], first: 10000) { ownerId } }');
      expect(automationRunStats.length).toBe(10_000);
    });

  test('a parent with too many rows fails alone', async () => {
    const parents = service.client.as('parents');
    const many = Array.from({ length: 1001 }, (_, index) =>
      runEvent('parents', { ownerId: `more-${index}` }, { toplevelresourceid: 'automation-more' }),
    );
    await parents.ingest(...many.slice(0, 1000));
    const field = (id: string) =>
      `automation(automationId: "${id}") { runStats(groupBy: [OWNER]) { count } }`;
    const query = `{ more: ${field('automation-more')} one: ${field('automation-1')} none: ${field('unknown')} }`;
    const { more } = await parents.data(query);
    expect(more.runStats.length).toBe(1000);
    await parents.ingest(many.at(-1));
    const { data, errors } = await parents.request(query);
    expect([data.more, data.one.runStats.length, data.none]).toEqual([null, runsOfParent, null]);
    expect(errors?.map(({ path, extensions }) => [extensions.code, path])).toEqual([
      ['TOO_MANY_GROUPS', ['more', 'runStats']],
    ]);
  });

  if (isLarge)
    test('10,000 rows of a page of automations together are answered, more are refused', async () => {
      const parents = service.client.as('parents');
      const query = `query ($first: Int) { automations(first: ${PARENTS}, where: { not: { automationId: { eq: "automation-more" } } }) {
        nodes { automationId runStats(groupBy: [OWNER], first: $first) { count } } } }`;
      const { automations } = await parents.data(query, { first: 100 });
      expect(automations.nodes.map(({ runStats }: { runStats: object[] }) => runStats.length)).toEqual(
        Array(PARENTS).fill(100),
      );
      const { errors } = await parents.request(query, { first: 101 });
      expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['TOO_MANY_GROUPS']));
    });

  // No statement names a zone, so one database is enough.
  if (runsAlone(kind)) {
    test('unknown time zones and numbers of rows out of bounds are refused', async () => {
      const query = `query ($timeZone: String, $first: Int, $interval: TimeInterval) {
        automationRunStats(timeZone: $timeZone, first: $first, interval: $interval) { count } }`;
      const zones = [
        'Mars/Olympus',
        '',
        'Europe',
        '+01:00',
        'UTC\u0000',
        '\ud800',
        "UTC'",
        'x'.repeat(5000),
        'CET-1CEST',
        'Etc/',
      ];
      const bad = [
        ...zones.flatMap((timeZone) => [
          { timeZone, interval: 'HOUR' },
          { timeZone },
          { timeZone, interval: 'DAY' },
        ]),
        ...[0, -1, 10_001, 2 ** 31 - 1].map((first) => ({ first })),
      ];
      for (const variables of bad) {
        const { errors } = await client.request(query, variables);
        expect({ variables, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
          variables,
          codes: ['BAD_USER_INPUT'],
        });
      }
      const { errors } = await client.request(
        '{ automation(automationId: "automation-1") { runStats(timeZone: "Mars/Olympus") { count } } }',
      );
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
      await client.data(query, { timeZone: null, first: null, interval: null });
    });

    test('names that only look like those of time zones are refused, also those that the runtime accepts', async () => {
      const codeOf = async (timeZone: string) => {
        const { errors } = await client.request(
          'query ($z: String) { automationRunStats(interval: DAY, timeZone: $z) { count } }',
          { z: timeZone },
        );
        return errors?.[0].extensions.code;
      };
      const others =
        'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST';
      for (const name of [...others.split(' '), 'ist', 'Pst', 'SystemV/EST5', 'US/Pacific-New'])
        expect({ name, code: await codeOf(name) }).toEqual({ name, code: 'BAD_USER_INPUT' });
      for (const name of 'CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET utc EST5EDT Zulu'.split(' '))
        expect({ name, code: await codeOf(name) }).toEqual({ name, code: undefined });
    });

    test('every time zone that JavaScript knows is answered or refused', async () => {
      const zones = [
        ...Intl.supportedValuesOf('timeZone'),
        'europe/berlin',
        'utc',
        'GMT',
        'Etc/GMT+5',
        'EST5EDT',
        'US/Pacific',
        ...'GMT0 UCT Zulu EST MST HST WET CET ROC PRC W-SU NZ-CHAT GB-Eire Factory Etc/Unknown localtime'.split(
          ' ',
        ),
        ...'posixrules posix/UTC right/UTC SystemV/EST5 CST6CDT Universal America/Coyhaique Asia/Calcutta'.split(
          ' ',
        ),
      ];
      const failed: string[] = [];
      for (let start = 0; start < zones.length; start += 15) {
        const some = zones.slice(start, start + 15);
        const fields = some.map(
          (zone, n) => `q${n}: automationRunStats(interval: DAY, timeZone: "${zone}") { count }`,
        );
        const { errors = [] } = await client.request(`{ ${fields.join('\n')} }`);
        failed.push(
          ...errors.map(({ path, extensions }) => `${some[Number(path[0].slice(1))]} ${extensions.code}`),
        );
      }
      expect(failed.filter((line) => !line.endsWith('BAD_USER_INPUT'))).toEqual([]);
      expect(failed.length).toBeLessThan(20);
    });
  }
});

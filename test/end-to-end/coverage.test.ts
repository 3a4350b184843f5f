import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askOver } from '../support/clients/ask-over.ts';
import { createTestDatabase, describeOnEachDatabase, toSettings } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { CommandProcess, startPrune } from '../support/processes/command-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const RECORD = `mutation ($days: [CoverageDayInput!]!) { recordCoverage(input: { days: $days, clientMutationId: "c" }) {
  clientMutationId days { date checkedAt upstreamCount storedCount recoveredCount isComplete } } }`;
const READ = `query ($from: Date!, $to: Date!) {
  coverage(from: $from, to: $to) { date upstreamCount storedCount recoveredCount isComplete } }`;
const INGEST = `mutation ($events: [JSON!]!, $origin: IngestOrigin) {
  ingestEvents(input: { events: $events, origin: $origin }) { stored duplicates } }`;

const toDay = (tenantId: string, date: string, upstreamCount: number, storedCount = upstreamCount) => ({
  ...{ tenantId, date, upstreamCount, storedCount },
});

describeOnEachDatabase('coverage', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const range = { from: '2026-01-01', to: '2026-12-31' };
  const readOf = async (tenantId: string) => (await service.client.as(tenantId).data(READ, range)).coverage;

  test('lists the days that were compared, the oldest first, with the latest counts', async () => {
    const [tenantId, other] = [newTenant(), newTenant()];
    const days = [
      toDay(tenantId, '2026-03-02', 5, 3),
      toDay(tenantId, '2026-03-01', 0),
      toDay(other, '2026-03-01', 7),
    ];
    const startedAt = new Date().toISOString();
    const { recordCoverage } = await service.client.data(RECORD, { days });
    expect(recordCoverage).toMatchObject({ clientMutationId: 'c', days: [{ date: '2026-03-02' }, {}, {}] });
    expect(recordCoverage.days[0].checkedAt >= startedAt).toBe(true);
    const empty = {
      date: '2026-03-01',
      upstreamCount: 0,
      storedCount: 0,
      recoveredCount: 0,
      isComplete: true,
    };
    const second = {
      date: '2026-03-02',
      upstreamCount: 5,
      storedCount: 3,
      recoveredCount: 0,
      isComplete: false,
    };
    expect(await readOf(tenantId)).toEqual([empty, second]);
    await service.client.data(RECORD, {
      days: [toDay(tenantId, '2026-03-02', 9, 1), toDay(tenantId, '2026-03-02', 6, 6)],
    });
    expect(await readOf(tenantId)).toEqual([
      empty,
      { ...second, upstreamCount: 6, storedCount: 6, isComplete: true },
    ]);
    expect(await readOf(other)).toEqual([{ ...empty, upstreamCount: 7, storedCount: 7 }]);
  });

  test('counts the events of a day that a backfill brought first, and nothing else', async () => {
    const tenantId = newTenant();
    const at = (time: string) => runEvent(tenantId, {}, { time });
    const webhooks = [at('2026-05-01T00:00:00Z'), at('2026-05-02T12:00:00Z')];
    const recovered = [
      ...[at('2026-05-01T00:00:00.000Z'), at('2026-05-01T23:59:59.999999Z')],
      ...[at('2026-05-02T00:00:00Z'), at('2026-05-02T23:30:00-02:00')],
    ];
    await service.client.data(INGEST, { events: webhooks, origin: 'RELAY' });
    await service.client.data(INGEST, { events: [...webhooks, ...recovered], origin: 'BACKFILL' });
    await service.client.data(INGEST, { events: [...recovered, at('2026-05-03T12:00:00Z')], origin: null });
    const days = ['2026-05-01', '2026-05-02', '2026-05-03'].map((date) => toDay(tenantId, date, 3));
    const { recordCoverage } = await service.client.data(RECORD, { days });
    const toCounts = (found: { recoveredCount: number }[]) =>
      found.map(({ recoveredCount }) => recoveredCount);
    expect(toCounts(recordCoverage.days)).toEqual([2, 1, 1]);
    expect(toCounts(await readOf(tenantId))).toEqual([2, 1, 1]);
  });

  test('takes the first and the last day of the calendar', async () => {
    const tenantId = newTenant();
    for (const date of ['0001-01-01', '9999-12-31']) {
      const days = [toDay(tenantId, date, 1)];
      const { recordCoverage } = await service.client.data(RECORD, { days });
      expect(recordCoverage.days).toMatchObject([{ date, recoveredCount: 0 }]);
      const { coverage } = await service.client.as(tenantId).data(READ, { from: date, to: date });
      expect(coverage).toMatchObject([{ date, recoveredCount: 0 }]);
    }
  });

  test('has a cost for each day that is recorded', async () => {
    const tenantId = newTenant();
    const days = ['2026-05-01', '2026-05-02', '2026-05-03'].map((date) => toDay(tenantId, date, 1));
    const params = { query: RECORD, variables: { days } };
    const { extensions } = await askOver('POST', service.url, params);
    expect(extensions).toMatchObject({ cost: { cost: days.length } });
  });

  test('refuses unusable days and ranges, and stores nothing of them', async () => {
    const tenantId = newTenant();
    const good = toDay(tenantId, '2026-03-01', 1);
    const codeOf = async (query: string, variables: Record<string, unknown>) =>
      (await service.client.as(tenantId).request(query, variables)).errors?.[0].extensions.code;
    const lists = [
      ...[[], [good, { ...good, storedCount: 2 }], [good, { ...good, upstreamCount: -1, storedCount: -1 }]],
      ...[
        [good, { ...good, tenantId: '' }],
        [good, { ...good, tenantId: '\u0000' }],
        [good, { ...good, tenantId: 'x'.repeat(257) }],
        [good, { ...good, tenantId: '\ud800' }],
        [good, { ...good, storedCount: -1 }],
        [good, { ...good, upstreamCount: 2 ** 53 }],
        [good, { ...good, upstreamCount: 1.5 }],
        [good, { ...good, upstreamCount: '1' }],
        [good, { ...good, storedCount: null }],
        [good, null],
      ],
      ...[
        '2026-02-30',
        '2026-2-3',
        '',
        '2026-02-03T00:00:00Z',
        20_260_203,
        '0000-01-01',
        '10000-01-01',
        null,
      ].map((date) => [{ ...good, date }]),
    ];
    for (const days of lists)
      expect(await codeOf(RECORD, { days }), JSON.stringify(days)).toBe('BAD_USER_INPUT');
    expect(await codeOf(RECORD, { days: Array.from({ length: 1_001 }, () => good) })).toBe('BATCH_TOO_LARGE');
    expect(await readOf(tenantId)).toEqual([]);
    expect(await codeOf(READ, { from: '2026-01-02', to: '2026-01-01' })).toBe('BAD_USER_INPUT');
    expect(await codeOf(READ, { from: '2025-01-01', to: '2026-02-05' })).toBe('BAD_USER_INPUT');
    expect(await codeOf(READ, { from: '2025-01-01', to: '2026-02-04' })).toBe(undefined);
    expect(await codeOf(READ, { from: '0001-01-01', to: '0001-01-01' })).toBe(undefined);
    expect(await codeOf(READ, { from: '9999-12-31', to: '9999-12-31' })).toBe(undefined);
  });

  test('keeps days and counts when their events are pruned and projections are rebuilt', async () => {
    const database = await createTestDatabase(kind);
    const tenantId = newTenant();
    const first = await startTestService(kind, {}, database);
    await first.client.data(INGEST, {
      events: [runEvent(tenantId, {}, { time: '2026-05-01T00:00:00Z' })],
      origin: 'BACKFILL',
    });
    await first.client.data(RECORD, { days: [toDay(tenantId, '2026-05-01', 1)] });
    const before = (await first.client.data(READ, range)).coverage;
    expect(before).toMatchObject([{ recoveredCount: 1 }]);
    // An embedded database has one process at a time.
    await first.close();
    await using prune = startPrune(database, '--older-than', '0s');
    expect((await prune.result()).stdout).toContain('1 event');
    await using rebuild = new CommandProcess('rebuild', [], toSettings(database));
    expect((await rebuild.result()).status).toBe(0);
    const second = await startTestService(kind, {}, database);
    expect((await second.client.as(tenantId).data(READ, range)).coverage).toEqual(before);
    await second.close();
    await database.drop();
  });
});

describe('coverage on a service with tokens', () => {
  test('is recorded for the tenants that a token may write, and all or nothing', async () => {
    const service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET });
    const [own, other] = [newTenant(), newTenant()];
    const as = async (claims: Record<string, unknown>) => service.client.with(await toToken(claims));
    const writer = await as({ tenantId: own, scope: 'events:ingest' });
    const reader = await as({ tenantId: own, scope: 'events:read' });
    const codeOf = ({ errors }: { errors: { extensions: { code: string } }[] | undefined }) =>
      errors?.[0]?.extensions.code;
    const days = [toDay(own, '2026-03-01', 1), toDay(other, '2026-03-01', 1)];
    const range = { from: '2026-03-01', to: '2026-03-01' };
    expect(codeOf(await writer.request(RECORD, { days }))).toBe('FORBIDDEN');
    expect(codeOf(await reader.request(RECORD, { days: days.slice(0, 1) }))).toBe('FORBIDDEN');
    expect(codeOf(await writer.request(READ, range))).toBe('FORBIDDEN');
    expect((await reader.data(READ, range)).coverage).toEqual([]);
    await writer.data(RECORD, { days: days.slice(0, 1) });
    expect((await reader.data(READ, range)).coverage).toHaveLength(1);
    await service.close();
  });
});

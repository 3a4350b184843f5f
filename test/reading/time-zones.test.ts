import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import {
  asAdmin,
  createTestDatabase,
  describeOnEachDatabase,
  runsAlone,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { startZonelessPostgres } from '../support/databases/start-zoneless-postgres.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import type { Statement } from '../support/databases/watch-queries.ts';
import { watchStatements } from '../support/databases/wrap-access.ts';
import { runEvent } from '../support/events/events.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';
import { startTestService } from '../support/services/service.ts';
import { INTERVALS, listBucketStarts, toBucketStart } from './oracle/clock-oracle.ts';

/** Old names, each with the current one. */
const RENAMED: [old: string, current: string][] = [
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['US/Eastern', 'America/New_York'],
  ['US/Pacific', 'America/Los_Angeles'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Godthab', 'America/Nuuk'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Australia/LHI', 'Australia/Lord_Howe'],
  ['NZ-CHAT', 'Pacific/Chatham'],
  ['GB', 'Europe/London'],
  ['PRC', 'Asia/Shanghai'],
  ['Etc/Zulu', 'UTC'],
  ['europe/BERLIN', 'Europe/Berlin'],
];

/**
 * Names that PostgreSQL takes for abbreviations of one offset, and what their midnight of 1 July
 * and 1 January is in UTC.
 */
const ABBREVIATED: [name: string, summer: string, winter: string][] = [
  ['CET', '2025-06-30T22:00:00.000Z', '2024-12-31T23:00:00.000Z'],
  ['MET', '2025-06-30T22:00:00.000Z', '2024-12-31T23:00:00.000Z'],
  ['EET', '2025-06-30T21:00:00.000Z', '2024-12-31T22:00:00.000Z'],
  ['WET', '2025-06-30T23:00:00.000Z', '2025-01-01T00:00:00.000Z'],
  ['EST', '2025-07-01T05:00:00.000Z', '2025-01-01T05:00:00.000Z'],
  ['MST', '2025-07-01T07:00:00.000Z', '2025-01-01T07:00:00.000Z'],
  ['HST', '2025-07-01T10:00:00.000Z', '2025-01-01T10:00:00.000Z'],
  ['EST5EDT', '2025-07-01T04:00:00.000Z', '2025-01-01T05:00:00.000Z'],
  ['Etc/GMT+5', '2025-07-01T05:00:00.000Z', '2025-01-01T05:00:00.000Z'],
];

const OTHERS = ['Africa/Casablanca', 'Asia/Almaty', 'Antarctica/Troll', 'Africa/Cairo', 'Pacific/Apia'];

/**
 * Instants over many years, of which the clock oracle knows those with offsets of whole minutes.
 */
const TIMES = [
  '1945-07-01T22:15:00.000Z',
  ...['1972-01-01T00:00:00.000Z', '2016-03-27T00:59:59.999Z', '2018-10-28T02:30:00.000Z'],
  ...['2024-02-29T18:30:00.000Z', '2025-01-01T12:00:00.000Z', '2025-03-30T01:00:00.000Z'],
  ...['2025-07-01T12:00:00.000Z', '2025-10-26T00:30:00.000Z', '2025-10-26T01:30:00.000Z'],
  ...['2025-11-02T05:45:00.000Z', '2025-11-02T06:15:00.000Z', '2099-12-31T23:59:59.999Z'],
  ...['2500-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
];

function isInRuntime(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) !== undefined;
  } catch {
    return false;
  }
}

const ingestTimes = (client: GraphqlClient) =>
  client.ingest(...TIMES.map((startTime) => runEvent('tenant', { startTime })));

/** Starts of the buckets of a zone by interval, newest first. */
async function readStarts(client: GraphqlClient, timeZone: string, where: unknown = {}) {
  const fields = INTERVALS.map(
    (interval) =>
      `${interval}: automationRunStats(where: $where, timeZone: $timeZone, interval: ${interval}) { bucketStart count }`,
  );
  const data = await client.data(
    `query ($where: AutomationRunFilter, $timeZone: String) { ${fields.join('\n')} }`,
    { where, timeZone },
  );
  return Object.fromEntries(
    INTERVALS.map((interval) => [
      interval,
      data[interval].map((row: { bucketStart: string }) => row.bucketStart) as string[],
    ]),
  );
}

/** A range with a change of the clock in many zones. */
const AUTUMN = { gte: '2025-10-25T20:00:00.000Z', lte: '2025-11-03T12:00:00.000Z' };

/** The buckets of the range in hours and days, with and without runs, oldest first. */
async function readFilled(client: GraphqlClient, timeZone: string): Promise<string[][]> {
  const toField = (interval: string) =>
    `${interval}: automationRunStats(where: $where, timeZone: $timeZone, interval: ${interval}, fill: true,
      orderBy: [{ field: BUCKET_START, direction: ASC }]) { bucketStart }`;
  const { HOUR, DAY } = await client.data(
    `query ($where: AutomationRunFilter, $timeZone: String) { ${toField('HOUR')} ${toField('DAY')} }`,
    { where: { occurredAt: AUTUMN }, timeZone },
  );
  return [HOUR, DAY].map((rows) => rows.map((row: { bucketStart: string }) => row.bucketStart));
}

function expectFilled(timeZone: string): string[][] {
  const [from, to] = [Date.parse(AUTUMN.gte), Date.parse(AUTUMN.lte)];
  return (['HOUR', 'DAY'] as const).map((interval) =>
    listBucketStarts(from, to, interval, timeZone).map((ms) => new Date(ms).toISOString()),
  );
}

/** What the clock oracle finds for hours and longer. */
function expectStarts(timeZone: string) {
  return Object.fromEntries(
    INTERVALS.filter((interval) => interval !== 'MINUTE').map((interval) => {
      const starts = TIMES.map((time) => toBucketStart(Date.parse(time), interval, timeZone));
      return [
        interval,
        [...new Set(starts)].toSorted((a, b) => b - a).map((ms) => new Date(ms).toISOString()),
      ];
    }),
  );
}

describeOnEachDatabase('time zones', (kind) => {
  const statements: Statement[] = [];
  let service: OpenService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startOpenService(kind, {}, (database) =>
      watchStatements(database, (statement) => statements.push(statement)),
    );
    client = service.client.as('tenant');
    await ingestTimes(client);
  });
  afterAll(() => service.close());

  const renamed = takeTurns(kind, RENAMED);
  const abbreviated = takeTurns(kind, ABBREVIATED);
  const zones = [
    ...renamed.flat(),
    ...abbreviated.map(([name]) => name),
    ...takeTurns(kind, OTHERS, 1),
  ].filter(isInRuntime);

  /** The starts of a zone, which several tests compare. */
  const startsOf = readOnce((timeZone) => readStarts(client, timeZone));

  test.each(renamed.filter((names) => names.every(isInRuntime)))('%s is %s', async (old, current) => {
    expect(await startsOf(old)).toEqual(await startsOf(current));
  });

  test.each(abbreviated)('%s follows IANA', async (timeZone, summer, winter) => {
    const where = { or: ['2025-07-01', '2025-01-01'].map(toDay) };
    const { DAY } = await readStarts(client, timeZone, where);
    expect(DAY).toEqual([summer, winter]);
  });

  test.each([...new Set(zones)])(
    'every instant is in the bucket of %s that the clock oracle finds',
    async (timeZone) => {
      // The oracle first: it computes for seconds, in which an idle connection may be closed.
      const expected = expectStarts(timeZone);
      expect(await startsOf(timeZone)).toMatchObject(expected);
    },
  );

  test('before zones had whole minutes, days begin at the midnight of the local mean time', async () => {
    const early = service.client.as('early');
    const times = ['1500-06-01T12:34:56Z', '1891-06-01T12:34:56Z'];
    await early.ingest(...times.map((startTime) => runEvent('early', { startTime })));
    expect(await readStarts(early, 'Europe/Berlin')).toMatchObject({
      HOUR: ['1891-06-01T12:06:32.000Z', '1500-06-01T12:06:32.000Z'],
      DAY: ['1891-05-31T23:06:32.000Z', '1500-05-31T23:06:32.000Z'],
      MONTH: ['1891-05-31T23:06:32.000Z', '1500-05-31T23:06:32.000Z'],
    });
  });

  test('an unknown time zone fails its own field and no other', async () => {
    const field = (timeZone: string) =>
      `automation(automationId: "automation-1") { runStats(interval: DAY, timeZone: "${timeZone}") { count } }`;
    const id = { toplevelresourceid: 'automation-1' };
    await service.client.ingest(runEvent('other', {}, id));
    const { data, errors } = await service.client
      .as('other')
      .request(`{ a: ${field('Europe/Berlin')} b: ${field('Mars/Olympus')} c: ${field('Asia/Calcutta')} }`);
    const one = { runStats: [{ count: 1 }] };
    expect(data).toEqual({ a: one, b: null, c: one });
    expect(errors?.map(({ path, extensions }) => [extensions.code, path])).toEqual([
      ['BAD_USER_INPUT', ['b', 'runStats']],
    ]);
  });

  // A name is refused before any statement, so one database is enough.
  if (runsAlone(kind))
    test('what is no name of a time zone is refused, and the message names the data of the server', async () => {
      const names = [
        '+02:00',
        '-05',
        'UTC+1',
        'GMT+5',
        'posix/Europe/Berlin',
        'right/UTC',
        'localtime',
        'Factory',
      ];
      names.push(
        'Etc/Unknown',
        'Europe/Berlin ',
        'Europe//Berlin',
        '../UTC',
        'Europe/Ber\u0000lin',
        'x'.repeat(65),
      );
      names.push(`Europe/${'x'.repeat(1_000_000)}`, 'EST5', 'ist', 'Europe/Berlin; select 1');
      for (const timeZone of names) {
        const { errors } = await client.request(
          'query ($timeZone: String) { automationRunStats(interval: HOUR, timeZone: $timeZone) { count } }',
          { timeZone },
        );
        expect({ timeZone, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
          timeZone,
          codes: ['BAD_USER_INPUT'],
        });
        expect(errors?.[0].message).toContain(`the server has version ${process.versions.tz}`);
      }
    });

  test('no statement names a zone', async () => {
    statements.length = 0;
    for (const timeZone of ['Europe/Berlin', 'Australia/Lord_Howe', 'CET', 'UTC']) {
      await readStarts(client, timeZone);
      await readFilled(client, timeZone);
    }
    const sent = JSON.stringify(statements);
    expect(sent).toContain('date_trunc');
    expect(sent).not.toMatch(/Berlin|Lord_Howe|CET|'UTC'/);
    expect(sent).not.toMatch(/at time zone/i);
  });
});

function toDay(date: string) {
  return { occurredAt: { gte: `${date}T00:00:00Z`, lt: `${date}T23:59:59Z` } };
}

/** Returns the same function, which reads each zone once. */
function readOnce<T>(read: (timeZone: string) => Promise<T>): (timeZone: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (timeZone) => {
    const answer = answers.get(timeZone) ?? read(timeZone);
    answers.set(timeZone, answer);
    return answer;
  };
}

async function withService(database: TestDatabase, work: (client: GraphqlClient) => Promise<unknown>) {
  const service = await startTestService('postgres', {}, database);
  try {
    await work(service.client.as('tenant'));
  } finally {
    await service.close();
  }
}

describe('databases that know other time zones or none', () => {
  /** What every database must answer. */
  async function expectSameStarts(database: TestDatabase, settings: readonly string[] = []) {
    await withService(database, ingestTimes);
    for (const setting of settings) {
      const name = new URL(database.databaseUrl ?? '').pathname.slice(1);
      await asAdmin((sql) => sql.unsafe(`alter database ${name} set ${setting}`));
    }
    await withService(database, async (client) => {
      for (const timeZone of [
        'Asia/Calcutta',
        'US/Eastern',
        'CET',
        'Africa/Casablanca',
        'Australia/Lord_Howe',
      ]) {
        const starts = await readStarts(client, timeZone);
        expect({ timeZone, ...starts, MINUTE: undefined }).toEqual({
          timeZone,
          ...expectStarts(timeZone),
          MINUTE: undefined,
        });
        expect({ timeZone, filled: await readFilled(client, timeZone) }).toEqual({
          timeZone,
          filled: expectFilled(timeZone),
        });
      }
    });
  }

  test('a PostgreSQL without zone data gives the same buckets', async () => {
    const postgres = await startZonelessPostgres();
    try {
      const shift = asAdmin((sql) => sql`select now() at time zone 'Asia/Calcutta'`, postgres.url);
      await expect(shift).rejects.toThrow('not recognized');
      const drop = async () => undefined;
      await expectSameStarts({ kind: 'postgres', databaseUrl: postgres.url, dataDir: '', drop });
    } finally {
      await postgres.stop();
    }
  });

  test('a database with other settings of time gives the same buckets', async () => {
    const database = await createTestDatabase('postgres');
    try {
      const settings = [
        ...["TimeZone = 'America/St_Johns'", "DateStyle = 'German, DMY'", "IntervalStyle = 'sql_standard'"],
        ...["timezone_abbreviations = 'Australia'", 'array_nulls = off', 'extra_float_digits = -15'],
      ];
      await expectSameStarts(database, settings);
    } finally {
      await database.drop();
    }
  });
});

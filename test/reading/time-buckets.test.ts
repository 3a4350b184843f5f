import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { runEvent } from '../support/events/events.ts';
import { IS_FULL } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { INTERVALS, type Interval, listBucketStarts, toBucketStart, toLocal } from './oracle/clock-oracle.ts';

/** Changes of the clock, and what is odd about each. */
const CHANGES = [
  ['Europe/Berlin', '2025-03-30T01:00Z', 'an hour is skipped'],
  ['Europe/Berlin', '2025-10-26T01:00Z', 'an hour is repeated'],
  ['Australia/Lord_Howe', '2025-10-04T15:30Z', 'half an hour is skipped'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z', 'half an hour is repeated'],
  ['Pacific/Chatham', '2025-09-27T14:00Z', '2:45 is followed by 3:45'],
  ['Pacific/Chatham', '2026-04-04T14:00Z', '3:45 is followed by 2:45'],
  ['Antarctica/Troll', '2025-10-26T01:00Z', 'two hours are repeated'],
  ['Asia/Kathmandu', '2025-10-26T01:00Z', '5:45 ahead'],
  ['Asia/Kolkata', '2025-10-26T01:00Z', '5:30 ahead'],
  ['America/St_Johns', '2025-11-02T04:30Z', '2:30 and 3:30 behind'],
  ['America/Havana', '2025-03-09T05:00Z', 'the hour after midnight is skipped'],
  ['America/Havana', '2025-11-02T05:00Z', 'the hour after midnight is repeated'],
  ['America/Havana', '2026-11-01T05:00Z', 'the first hour of a month is repeated'],
  ['Atlantic/Azores', '2025-10-26T01:00Z', 'the hour after midnight is repeated'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z', 'the hour after midnight is skipped'],
  ['America/Sao_Paulo', '2019-02-17T02:00Z', 'the hour before midnight is repeated'],
  ['Asia/Beirut', '2025-03-29T22:00Z', 'the hour after midnight is skipped'],
  ['Asia/Beirut', '2025-10-25T21:00Z', 'the hour before midnight is repeated'],
  ['Africa/Cairo', '2025-04-24T22:00Z', 'the hour after midnight is skipped'],
  ['Africa/Cairo', '2025-10-30T21:00Z', 'the hour before midnight is repeated'],
  ['Asia/Amman', '2021-10-28T22:00Z', 'the hour after midnight is repeated'],
  ['Pacific/Apia', '2011-12-30T10:00Z', 'a day is skipped'],
  ['Antarctica/Vostok', '2023-12-17T19:00Z', 'the first two hours of a Monday are repeated'],
  // What governments changed within ten years: zone data of different age disagrees about these.
  ['America/Caracas', '2016-05-01T07:00Z', 'half an hour is skipped for good'],
  ['Europe/Istanbul', '2016-10-30T01:00Z', 'the winter time is given up'],
  ['Asia/Pyongyang', '2018-05-04T15:00Z', 'half an hour before midnight is skipped for good'],
  ['Africa/Casablanca', '2018-10-28T02:00Z', 'the summer time stays'],
  ['Africa/Casablanca', '2025-02-23T02:00Z', 'an hour is repeated for Ramadan'],
  ['Africa/Casablanca', '2025-04-06T02:00Z', 'an hour is skipped after Ramadan'],
  ['Africa/Juba', '2021-01-31T21:00Z', 'the hour before midnight is repeated for good'],
  ['Pacific/Apia', '2021-09-25T14:00Z', 'the summer time is given up'],
  ['America/Mexico_City', '2023-04-02T08:00Z', 'the summer time is given up'],
  ['America/Nuuk', '2023-10-29T01:00Z', 'the summer time becomes the standard'],
  ['America/Nuuk', '2024-03-31T01:00Z', 'the hour before midnight is skipped'],
  ['Asia/Almaty', '2024-02-29T19:00Z', 'the hour before the first of March is repeated for good'],
  ['America/Coyhaique', '2025-04-06T03:00Z', 'the summer time stays'],
].filter((change): change is [string, string, string] => isInRuntime(change[0]));

/** Whether the zone data of this Node has a zone, which may be younger. */
function isInRuntime(timeZone = ''): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Minutes around a change; a fraction is the last millisecond before it. */
const MINUTES = [
  [-1500, -150, -91, -90, -61, -60, -59, -46, -45, -31, -30, -16, -15, -1, -1 / 60_000],
  [0, 1, 14, 15, 29, 30, 31, 44, 45, 59, 60, 61, 74, 90, 119, 120, 121, 180, 1500, 10_080],
].flat();

const toTimes = (change: string) => MINUTES.map((minutes) => Date.parse(change) + minutes * 60_000);
type Range = [fromMs: number, toMs: number];
const toText = (ms: number) => new Date(ms).toISOString();

describeOnEachDatabase('buckets of time', (kind) => {
  const changes = takeTurns(kind, CHANGES);
  const allTimes = [...new Set(changes.flatMap(([, change]) => toTimes(change)))].toSorted((a, b) => a - b);
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    client = service.client.as('tenant');
    const events = allTimes.map((ms) => runEvent('tenant', { startTime: toText(ms) }));
    for (let start = 0; start < events.length; start += 1000) {
      await client.ingest(...events.slice(start, start + 1000));
    }
  });
  afterAll(() => service.close());

  /** The buckets of each interval between two times, newest first. */
  async function readRows(timeZone: string, rangeOf: (interval: Interval) => Range, fill: boolean) {
    const variables: Record<string, unknown> = { timeZone, fill };
    const fields = INTERVALS.map((interval) => {
      const [from, to] = rangeOf(interval);
      variables[interval] = { occurredAt: { gte: toText(from), lte: toText(to) } };
      return `${interval}: automationRunStats(where: $${interval}, timeZone: $timeZone, interval: ${interval},
        fill: $fill) { bucketStart count }`;
    });
    const declared = INTERVALS.map((interval) => `$${interval}: AutomationRunFilter`);
    return await client.data(
      `query ($timeZone: String, $fill: Boolean, ${declared.join(', ')}) { ${fields.join('\n')} }`,
      variables,
    );
  }

  /** Starts of the buckets between two times, oldest first, and how many runs each has. */
  async function readBuckets(timeZone: string, range: Range) {
    const data = await readRows(timeZone, () => range, false);
    return INTERVALS.map((interval) => {
      const rows: { bucketStart: string; count: number }[] = data[interval].toReversed();
      return {
        interval,
        starts: rows.map((row) => Date.parse(row.bucketStart)),
        counts: rows.map((row) => row.count),
      };
    });
  }

  test('`fill` returns the buckets of the first and the last instants too', async () => {
    const early = service.client.as('early');
    const ranges = [
      ['0001-01-01T00:00:00Z', '0001-01-01T02:30:00Z'],
      ['9999-12-31T21:30:00Z', '9999-12-31T23:59:59.999Z'],
    ];
    for (const [gte, lte] of ranges) {
      const data = await early.data(
        `query ($where: AutomationRunFilter) { ${INTERVALS.map(
          (interval) =>
            `${interval}: automationRunStats(where: $where, interval: ${interval}, timeZone: "Asia/Kathmandu", fill: true) { bucketStart }`,
        )} }`,
        { where: { occurredAt: { gte, lte } } },
      );
      const sizes = INTERVALS.map((interval) => data[interval].length);
      // Kathmandu was 5:41:16 ahead until 1919, and is 5:45 ahead since 1986.
      expect(sizes).toEqual(gte?.startsWith('0') ? [151, 4, 1, 1, 1] : [150, 3, 1, 1, 1]);
      if (gte?.startsWith('0')) expect(data.HOUR.at(-1).bucketStart).toBe('0001-01-01T00:00:00.000Z');
    }
  });

  test('no bucket begins before the year 1', async () => {
    const early = service.client.as('early');
    await early.ingest(
      runEvent('early', { startTime: '0001-01-01T00:00:01Z' }),
      runEvent('early', { startTime: '0001-01-02T00:00:00Z' }),
    );
    const fields = INTERVALS.map(
      (interval) =>
        `${interval}: automationRunStats(interval: ${interval}, timeZone: "America/New_York") { bucketStart }`,
    );
    const data = await early.data(`{ ${fields.join('\n')} }`);
    for (const interval of INTERVALS) {
      expect(data[interval].at(-1)).toEqual({ bucketStart: '0001-01-01T00:00:00.000Z' });
    }
  });

  describe.each(changes)('in %s at %s, when %s,', (timeZone, change) => {
    const around = toTimes(change);
    const [from, to] = [Math.min(...around), Math.max(...around)];
    const times = allTimes.filter((ms) => ms >= from && ms <= to);
    let buckets: Awaited<ReturnType<typeof readBuckets>> = [];
    beforeAll(async () => {
      buckets = await readBuckets(timeZone, [from, to]);
    });

    test('every run is in the bucket that going through the minutes finds', () => {
      for (const { interval, starts, counts } of buckets) {
        const expected = new Map<number, number>();
        for (const ms of times) {
          const start = toBucketStart(ms, interval, timeZone);
          expected.set(start, (expected.get(start) ?? 0) + 1);
        }
        expect({ interval, starts: starts.map(toText), counts }).toEqual({
          interval,
          starts: [...expected.keys()].map(toText),
          counts: [...expected.values()],
        });
      }
    });

    test('`fill` returns every bucket that going through the range finds', async () => {
      // A week has more minutes than statistics have rows, and the oracle looks at each minute of
      // an hour, so only the full dose has a week of hours.
      const aroundMinutes: Partial<Record<Interval, number>> = {
        MINUTE: 150,
        ...(!IS_FULL && { HOUR: 1_500 }),
      };
      const rangeOf = (interval: Interval): Range => {
        const minutes = aroundMinutes[interval];
        const at = Date.parse(change);
        return minutes === undefined ? [from, to] : [at - minutes * 60_000, at + minutes * 60_000];
      };
      const data = await readRows(timeZone, rangeOf, true);
      for (const interval of INTERVALS) {
        const [fromMs, toMs] = rangeOf(interval);
        const counts = new Map(
          listBucketStarts(fromMs, toMs, interval, timeZone).map((start) => [toText(start), 0]),
        );
        for (const ms of times.filter((time) => time >= fromMs && time <= toMs)) {
          const start = toText(toBucketStart(ms, interval, timeZone));
          counts.set(start, (counts.get(start) ?? 0) + 1);
        }
        expect({ interval, rows: data[interval] }).toEqual({
          interval,
          rows: [...counts].map(([bucketStart, count]) => ({ bucketStart, count })).toReversed(),
        });
      }
    });

    test('a bucket holds what lies between its start and the next, and a day is one', () => {
      for (const { interval, starts, counts } of buckets) {
        const between = starts.map((start, index) => {
          const end = starts[index + 1] ?? Number.POSITIVE_INFINITY;
          return times.filter((ms) => ms >= start && ms < end).length;
        });
        expect({ interval, counts }).toEqual({ interval, counts: between });
        if (interval === 'DAY') {
          const dates = times.map((ms) => toText(toLocal(ms, timeZone)).slice(0, 10));
          expect(starts.length).toBe(new Set(dates).size);
        }
        if (interval === 'WEEK') {
          const days = starts.map((start) => new Date(toLocal(start, timeZone)).getUTCDay());
          expect(new Set(days)).toEqual(new Set([1]));
        }
      }
    });
  });
});

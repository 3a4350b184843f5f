import { describe, expect, it } from 'vitest';
import { MAX_WARNINGS } from '../../../src/domain/values/value-reader.ts';
import { runEvent } from '../../support/events/events.ts';
import { readEvent, runIn, warningsOf } from '../reading.ts';

const runWith = (data: Record<string, unknown>) => runIn(runEvent('tenant-1', data));
const warnings = (data: Record<string, unknown>) => warningsOf(runEvent('tenant-1', data));

describe('none', () => {
  it.each([[undefined], [null], ['']])('is what %j says of any value, without a warning', (none) => {
    const data = {
      title: none,
      status: none,
      context: none,
      billable: none,
      totalApiCalls: none,
      startTime: none,
      executedById: none,
      blocks: none,
      network: none,
      metrics: none,
      automation: none,
    };
    const run = runWith(data);
    expect(
      Object.keys(data).filter((key) => key in run && run[key as keyof typeof run] !== undefined),
    ).toEqual([]);
    expect(warnings(data)).toEqual([]);
  });
});

describe('a boolean', () => {
  it.each([
    [true, true],
    [false, false],
    ['true', true],
    ['false', false],
    ['TRUE', true],
    ['False', false],
    [' true ', true],
  ])('may come as %j', (value, expected) => {
    expect(runWith({ billable: value }).billable).toBe(expected);
    expect(warnings({ billable: value })).toEqual([]);
  });

  it.each([1, 0, 'yes', '1', 'truefalse', ' ', [], {}])('is not %j', (value) => {
    expect(runWith({ billable: value }).billable).toBeUndefined();
    expect(warnings({ billable: value })).toEqual(['UNREADABLE_VALUE /data/billable']);
  });
});

describe('a count', () => {
  it.each([
    [0, 0],
    [42, 42],
    [42.0, 42],
    ['42', 42],
    ['007', 7],
    [' 42 ', 42],
    ['42.0', 42],
    [9007199254740991, 9007199254740991],
    ['9007199254740991', 9007199254740991],
  ])('may come as %j', (value, expected) => {
    expect(runWith({ totalApiCalls: value }).totalApiCalls).toBe(expected);
    expect(warnings({ totalApiCalls: value })).toEqual([]);
  });

  it('of -0 is 0', () => {
    expect(Object.is(runWith({ totalApiCalls: -0 }).totalApiCalls, 0)).toBe(true);
  });

  it.each([
    -1,
    '-1',
    '-0',
    0.5,
    '0.5',
    '9007199254740990.9',
    9007199254740992,
    '9007199254740993',
    '99999999999999999999',
    Number.POSITIVE_INFINITY,
    'Infinity',
    'NaN',
    '0x10',
    '1e3',
    '1_000',
    '1,000',
    '٤٢',
    ' ',
    'many',
    true,
    [5],
    {},
  ])('is not %j', (value) => {
    expect(runWith({ totalApiCalls: value }).totalApiCalls).toBeUndefined();
    expect(warnings({ totalApiCalls: value })).toEqual(['UNREADABLE_VALUE /data/totalApiCalls']);
  });
});

describe('a time', () => {
  it('is cut to the millisecond and given in UTC', () => {
    expect(runWith({ startTime: '2026-01-01T01:00:00.123999999+01:00' }).startTime).toBe(
      '2026-01-01T00:00:00.123Z',
    );
  });

  it("of Go's zero value is none, with or without fraction and zone", () => {
    for (const zero of ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z', '0001-01-01T00:00:00']) {
      expect(runWith({ startTime: zero }).startTime).toBeUndefined();
      expect(warnings({ startTime: zero })).toEqual([]);
    }
  });

  it('without a zone is read as UTC, with a warning', () => {
    expect(runWith({ startTime: '2026-01-01T01:00:00.5' }).startTime).toBe('2026-01-01T01:00:00.500Z');
    expect(warnings({ startTime: '2026-01-01T01:00:00.5' })).toEqual(['NO_TIME_ZONE /data/startTime']);
  });

  it.each(['2026-02-30T00:00:00Z', '2026-01-01T00:00:60Z', 'yesterday', 1767225600000, true, [], {}])(
    'is not %j',
    (value) => {
      expect(runWith({ startTime: value }).startTime).toBeUndefined();
      expect(warnings({ startTime: value })).toEqual(['UNREADABLE_VALUE /data/startTime']);
    },
  );
});

describe('a text', () => {
  it('stays as it is, of any length and with any line feeds', () => {
    const title = ` Ä\n${'x'.repeat(10_000)} `;
    expect(runWith({ title }).title).toBe(title);
  });

  it.each([5, false, [], {}, 'a\u0000b', 'a\ud83d'])('is not %j', (value) => {
    expect(runWith({ title: value }).title).toBeUndefined();
    expect(warnings({ title: value })).toEqual(['UNREADABLE_VALUE /data/title']);
  });
});

describe('an id within the data', () => {
  it.each([5, 'x'.repeat(257), 'a\n', {}])('is not %j', (value) => {
    expect(runWith({ ownerId: value }).ownerId).toBeUndefined();
    expect(warnings({ ownerId: value })).toEqual(['UNREADABLE_VALUE /data/ownerId']);
  });
});

describe('an object and a list', () => {
  it('are not one another, nor anything else', () => {
    expect(warnings({ network: [] })).toEqual(['UNREADABLE_VALUE /data/network']);
    expect(warnings({ network: 'rx' })).toEqual(['UNREADABLE_VALUE /data/network']);
    expect(warnings({ blocks: {} })).toEqual(['UNREADABLE_VALUE /data/blocks']);
    expect(warnings({ metrics: 5 })).toEqual(['UNREADABLE_VALUE /data/metrics']);
    expect(warnings({ metrics: { network: [], blocks: 'none' } }).sort()).toEqual([
      'UNREADABLE_VALUE /data/metrics/blocks',
      'UNREADABLE_VALUE /data/metrics/network',
    ]);
  });
});

describe('the warnings of one event', () => {
  it('have a code, a text for a person and the path of the value', () => {
    const [warning] = readEvent(runEvent('tenant-1', { blocks: [{}, { rxBytes: -1 }] })).warnings;
    expect(warning).toEqual({
      code: 'UNREADABLE_VALUE',
      message: 'This is not a whole number from 0 to 2^53−1.',
      path: '/data/blocks/1/rxBytes',
    });
  });

  it('are all told up to a thousand, and no more are kept', () => {
    const blocks = (length: number) => ({ blocks: Array.from({ length }, () => 'no block') });
    expect(warnings(blocks(999))).toHaveLength(999);
    expect(warnings(blocks(100_000))).toHaveLength(MAX_WARNINGS);
  });
});

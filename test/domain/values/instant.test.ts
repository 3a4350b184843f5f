import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isZeroInstant,
  parseInstant,
  parseRfc3339,
  toDurationMs,
  toInstant,
} from '../../../src/domain/values/instant.ts';
import { at } from '../reading.ts';

const instantOf = (text: string) => parseInstant(text)?.instant;

describe('an instant', () => {
  it('is printed in UTC with milliseconds, whatever offset it came with', () => {
    expect(instantOf('2026-11-22T09:30:00Z')).toBe('2026-11-22T09:30:00.000Z');
    expect(instantOf('2026-11-22T09:30:00+02:00')).toBe('2026-11-22T07:30:00.000Z');
    expect(instantOf('2026-11-22T09:30:00-05:30')).toBe('2026-11-22T15:00:00.000Z');
    expect(instantOf('2026-12-31T23:30:00-01:00')).toBe('2027-01-01T00:30:00.000Z');
    expect(instantOf('2026-11-22T09:30:00-00:00')).toBe('2026-11-22T09:30:00.000Z');
  });

  it('is taken unchanged if it is printed so, on each day that there is and on no other', () => {
    for (const year of [1, 4, 1900, 2000, 2023, 2024, 9999]) {
      for (let month = 0; month <= 13; month += 1) {
        for (let day = 0; day <= 32; day += 1) {
          const [y, m, d] = [year, month, day].map((part, index) =>
            String(part).padStart(index ? 2 : 4, '0'),
          );
          const text = `${y}-${m}-${d}T23:59:59.999Z`;
          const date = new Date(0);
          date.setUTCFullYear(year, month - 1, day);
          const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
          expect(instantOf(text), text).toBe(isDay ? text : undefined);
        }
      }
    }
    for (const time of ['24:00:00.000', '23:60:00.000', '23:59:60.000']) {
      expect(instantOf(`2026-11-22T${time}Z`), time).toBeUndefined();
    }
    expect(instantOf('0000-01-01T00:00:00.000Z')).toBeUndefined();
  });

  it('takes t, z and a space as RFC 3339 allows', () => {
    expect(instantOf('2026-11-22t09:30:00z')).toBe('2026-11-22T09:30:00.000Z');
    expect(instantOf('2026-11-22 09:30:00Z')).toBe('2026-11-22T09:30:00.000Z');
  });

  it.each([
    ['', '000'],
    ['.1', '100'],
    ['.12', '120'],
    ['.123', '123'],
    ['.1239', '123'],
    ['.999999', '999'],
    ['.9999999', '999'],
    ['.999999999', '999'],
  ])('with the fraction "%s" is cut, not rounded, to %s ms', (fraction, milliseconds) => {
    expect(instantOf(`2026-12-31T23:59:59${fraction}Z`)).toBe(`2026-12-31T23:59:59.${milliseconds}Z`);
  });

  it('before 1970 is cut towards the past too', () => {
    expect(instantOf('1969-12-31T23:59:59.9999Z')).toBe('1969-12-31T23:59:59.999Z');
  });

  it('says whether the text named a zone; without one it is UTC', () => {
    expect(parseInstant('2026-11-22T09:30:00.5')).toEqual({
      instant: '2026-11-22T09:30:00.500Z',
      zoned: false,
    });
    expect(parseInstant('2026-11-22T09:30:00.5Z')?.zoned).toBe(true);
    expect(parseInstant('2026-11-22T09:30:00+00:00')?.zoned).toBe(true);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+01:60',
    '2026-01-01T00:00:00+0100',
    '2026-01-01T00:00:00+01',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00,5Z',
    '2026-01-01T00:00:00.1234567890Z',
    '2026-01-01T00Z',
    '2026-01-01T00',
    '2026-01-01T',
    '2026-01-01Z',
    '2026-01-01+01:00',
    '2026-01-01T00:00.5Z',
    '2026-01-01T24:00Z',
    '2026-01-01T00:00+0100',
    '2026-01-01T00:00:00[Europe/Berlin]',
    '2026-01-01T00:00[Europe/Berlin]',
    '2026-01-01[Europe/Berlin]',
    '2026-01-01T00:00:00+01:00[]',
    '2026-01-01T00:00:00+01:00[Europe/Berlin',
    '2026-01-01T00:00:00+01:00 [Europe/Berlin]',
    '2026-01-01T00:00:00+01:00[Europe/Berlin][u-ca=iso8601]',
    '2026-01-01T00:00:00+01:00[a[b]]',
    '2026-01-01T00:00:00[Europe/Berlin]+01:00',
    '2026-01',
    '2026-W01-1',
    '2026-001',
    '20260101T000000Z',
    '26-01-01T00:00:00Z',
    '+002026-01-01T00:00:00Z',
    '2026-1-1T0:0:0Z',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '٢٠٢٦-01-01T00:00:00Z',
    '1767225600',
    'now',
    'today',
    'infinity',
    '',
  ])('is not %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('may lack its seconds, as Java leaves them out where they are zero', () => {
    expect(parseInstant('2026-11-01T10:00Z')).toEqual({ instant: '2026-11-01T10:00:00.000Z', zoned: true });
    expect(instantOf('2026-11-01t10:30+01:00')).toBe('2026-11-01T09:30:00.000Z');
    expect(parseInstant('2026-11-01 10:30')).toEqual({ instant: '2026-11-01T10:30:00.000Z', zoned: false });
  });

  it.each(['Europe/Berlin', 'UTC', 'GMT+01:00', 'Etc/GMT-14', 'America/Port-au-Prince', 'America/New_York'])(
    'may have the name of a zone in brackets behind its offset: [%s]',
    (zone) => {
      const read = { instant: '2026-11-01T09:00:00.000Z', zoned: true };
      expect(parseInstant(`2026-11-01T10:00:00+01:00[${zone}]`)).toEqual(read);
      expect(parseInstant(`2026-11-01T09:00Z[${zone}]`)).toEqual(read);
    },
  );

  it('may be a date alone: its midnight in UTC', () => {
    expect(parseInstant('2026-11-01')).toEqual({ instant: '2026-11-01T00:00:00.000Z', zoned: false });
    expect(instantOf('2026-02-29')).toBeUndefined();
    expect(isZeroInstant(at('0001-01-01'))).toBe(true);
    expect(isZeroInstant(at('0001-01-01T00:00Z'))).toBe(true);
  });

  it('of RFC 3339 has date, seconds and offset, and nothing else', () => {
    expect(parseRfc3339('2026-11-01T10:00:00.5+01:00')).toBe('2026-11-01T09:00:00.500Z');
    expect(parseRfc3339('2026-11-01T10:00:00.000Z')).toBe('2026-11-01T10:00:00.000Z');
    const others = ['2026-11-01T10:00Z', '2026-11-01T10:00:00Z[UTC]', '2026-11-01', '2026-11-01T10:00:00'];
    expect(others.map(parseRfc3339)).toEqual(others.map(() => undefined));
  });

  it('takes 29 February of leap years', () => {
    expect(instantOf('2024-02-29T00:00:00Z')).toBe('2024-02-29T00:00:00.000Z');
    expect(instantOf('2000-02-29T00:00:00Z')).toBe('2000-02-29T00:00:00.000Z');
  });

  it('lies in the years 1 to 9999, counted in UTC', () => {
    expect(instantOf('0000-12-31T23:59:59.999Z')).toBeUndefined();
    expect(instantOf('0001-01-01T00:00:00Z')).toBe('0001-01-01T00:00:00.000Z');
    expect(instantOf('0001-01-01T00:00:00+00:01')).toBeUndefined();
    expect(instantOf('0000-12-31T23:59:00-00:01')).toBe('0001-01-01T00:00:00.000Z');
    expect(instantOf('9999-12-31T23:59:59.999999Z')).toBe('9999-12-31T23:59:59.999Z');
    expect(instantOf('9999-12-31T23:59:59-00:01')).toBeUndefined();
    expect(instantOf('9999-12-31T23:59:59+14:00')).toBe('9999-12-31T09:59:59.000Z');
  });

  it("is zero where Go's zero time stands, fraction and offset regardless", () => {
    expect(isZeroInstant(at('0001-01-01T00:00:00Z'))).toBe(true);
    expect(isZeroInstant(at('0001-01-01T00:00:00'))).toBe(true);
    expect(isZeroInstant(at('0001-01-01T01:00:00.000000+01:00'))).toBe(true);
    expect(isZeroInstant(at('0001-01-01T00:00:00.001Z'))).toBe(false);
    expect(isZeroInstant(at('0001-01-02T00:00:00Z'))).toBe(false);
  });

  it('sorts as text as it does in time', () => {
    const moment = fc.date({
      min: new Date(at('0001-01-01T00:00:00Z')),
      max: new Date(at('9999-12-31T23:59:59Z')),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const [left, right] = [toInstant(a.getTime()), toInstant(b.getTime())];
        expect(left < right).toBe(a < b);
        expect(instantOf(left)).toBe(left);
      }),
    );
  });
});

describe('a duration', () => {
  it('is the milliseconds between two instants as they were cut', () => {
    expect(toDurationMs(at('2026-01-01T00:00:00.0019Z'), at('2026-01-01T00:00:01.0001Z'))).toBe(999);
    expect(toDurationMs(at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z'))).toBe(0);
    expect(toDurationMs(at('2026-01-01T00:00:00+01:00'), at('2026-01-01T00:00:00Z'))).toBe(3_600_000);
  });

  it('is none where an end is missing or the ends are the wrong way round', () => {
    expect(toDurationMs(undefined, at('2026-01-01T00:00:00Z'))).toBeUndefined();
    expect(toDurationMs(at('2026-01-01T00:00:00Z'), undefined)).toBeUndefined();
    expect(toDurationMs(at('2026-01-01T00:00:00.001Z'), at('2026-01-01T00:00:00Z'))).toBeUndefined();
  });
});

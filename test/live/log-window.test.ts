import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogWindow } from '../../src/feed/log-window.ts';
import type { LogEntry } from '../../src/store/read/log.ts';

const toEntry = (position: number, warnings = 0) =>
  ({ position, warnings: Array.from({ length: warnings }, () => ({})) }) as unknown as LogEntry;
const toPage = (first: number, count: number, warnings = 0) =>
  Array.from({ length: count }, (_, index) => toEntry(first + index, warnings));
const positionsOf = (entries: LogEntry[] | undefined) => entries?.map(({ position }) => position);

describe('the window of the newest entries', () => {
  test('gives what it has behind a position, and nothing where it does not reach', () => {
    const window = new LogWindow(10);
    expect(window.end).toBe(10);
    expect(window.read(10, 5)).toEqual([]);
    expect(window.read(9, 5)).toBeUndefined();
    expect(window.read(11, 5), 'ahead of it').toBeUndefined();
    window.append(toPage(11, 4));
    expect(window.end).toBe(14);
    expect(positionsOf(window.read(10, 3))).toEqual([11, 12, 13]);
    expect(positionsOf(window.read(12, 3))).toEqual([13, 14]);
    expect(window.read(14, 3)).toEqual([]);
    expect(window.read(9, 3)).toBeUndefined();
    expect(window.read(15, 3)).toBeUndefined();
  });

  test('takes of each page what follows upon its end, and of nothing else a part', () => {
    const window = new LogWindow(0);
    window.append(toPage(1, 5));
    window.append(toPage(3, 5));
    expect(positionsOf(window.read(0, 10))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    window.append(toPage(9, 5));
    window.append(toPage(1, 2));
    expect(window.end).toBe(7);
    expect(positionsOf(window.read(0, 10))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('keeps about a megabyte, whatever the entries weigh, and the newest in any case', () => {
    const light = new LogWindow(0);
    light.append(toPage(1, 5_000));
    expect(light.end).toBe(5_000);
    expect(light.read(0, 1)).toBeUndefined();
    expect(positionsOf(light.read(4_400, 1))).toEqual([4_401]);
    expect(light.read(4_300, 1)).toBeUndefined();
    const heavy = new LogWindow(0);
    heavy.append(toPage(1, 10, 1_000));
    expect(heavy.read(6, 1)).toBeUndefined();
    expect(positionsOf(heavy.read(7, 10))).toEqual([8, 9, 10]);
    heavy.append([toEntry(11, 100_000)]);
    expect(positionsOf(heavy.read(10, 10))).toEqual([11]);
    expect(heavy.read(9, 10)).toBeUndefined();
    heavy.append(toPage(12, 100));
    expect(positionsOf(heavy.read(11, 2)), 'its weight has gone with it').toEqual([12, 13]);
    expect(heavy.read(10, 2)).toBeUndefined();
  });

  test('gives what the log has, or nothing at all, whatever was read when', () => {
    const pages = fc.array(fc.record({ after: fc.nat(60), count: fc.nat(12), heavy: fc.boolean() }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.nat(20), pages, (start, read) => {
        const window = new LogWindow(start);
        for (const { after, count, heavy } of read) window.append(toPage(after + 1, count, heavy ? 600 : 0));
        for (let after = 0; after <= 80; after += 1) {
          const given = positionsOf(window.read(after, 7));
          if (given === undefined) continue;
          const expected = Array.from({ length: 7 }, (_, index) => after + 1 + index);
          expect(given).toEqual(expected.filter((position) => position <= window.end));
        }
        expect(window.read(window.end, 1)).toEqual([]);
      }),
    );
  });
});

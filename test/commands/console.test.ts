import { PassThrough } from 'node:stream';
import { toBytesText, toDurationText } from 'qlik-event-graph-ingest/console/format';
import { parseDuration } from 'qlik-event-graph-ingest/console/parse-options';
import { toProgressText } from 'qlik-event-graph-ingest/console/progress-text';
import { openStatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { describe, expect, test } from 'vitest';

describe('what commands say', () => {
  test('durations are read in one unit', () => {
    const texts = ['45s', '30m', '12h', '90d', '2w', '0d', '36525d'];
    expect(texts.map(parseDuration)).toEqual([45e3, 18e5, 432e5, 7_776e6, 12_096e5, 0, 36_525 * 864e5]);
    for (const text of [
      '',
      '90',
      'd',
      '-1d',
      '1.5d',
      '1e3d',
      '90 d',
      ' 90d',
      '90d ',
      '90D',
      '1d12h',
      '36526d',
      '٩٠d',
    ]) {
      expect(parseDuration(text), text).toBe(undefined);
    }
  });

  test('sizes and durations are told in the unit that fits', () => {
    expect([0, 999, 1_000, 999_949, 999_950, 1.5e9, 7e15].map(toBytesText)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '999.9 kB',
      '1.0 MB',
      '1.5 GB',
      '7000.0 TB',
    ]);
    expect([0, 59_400, 59_600, 200_000, 7_500_000].map(toDurationText)).toEqual([
      '0 s',
      '59 s',
      '1 min 0 s',
      '3 min 20 s',
      '2 h 5 min',
    ]);
  });

  test('progress tells how much is done, how fast, and how long the rest will take', () => {
    // Of 1,000 bytes 200 were sent by an earlier run, and 300 by this one in 60 s.
    const sent = { noun: 'items', count: 6_000, total: 1_000, done: 500, doneNow: 300, elapsedMs: 60_000 };
    expect(toProgressText(sent, undefined, false)).toBe('50 %, 6,000 items, 100/s, 1 min 40 s left');
    expect(toProgressText(sent, undefined, true)).toBe(
      '[##########----------] 50 %, 6,000 items, 100/s, 1 min 40 s left',
    );
    expect(toProgressText(sent, 'ECONNREFUSED', false)).toBe(
      '50 %, 6,000 items, 100/s, waiting: ECONNREFUSED',
    );
    const piped = { noun: 'items', count: 3, total: 0, done: 40, doneNow: 40, elapsedMs: 1_000 };
    expect(toProgressText(piped, undefined, true)).toBe('3 items, 3/s');
    const none = { noun: 'items', count: 0, total: 10, done: 0, doneNow: 0, elapsedMs: 0 };
    expect(toProgressText(none, undefined, false)).toBe('0 %, 0 items, 0/s');
    const more = { noun: 'rows', count: 12, total: 10, done: 12, doneNow: 12, elapsedMs: 1_000 };
    expect(toProgressText(more, undefined, true)).toBe('[####################] 100 %, 12 rows, 12/s');
  });

  test('on a terminal one line is drawn again, below the lines that stay', () => {
    const terminal = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY: true, columns: 10 });
    const status = openStatusLine(terminal as never);
    status.update(() => '0123456789');
    status.update(() => 'too soon');
    status.print('stays');
    status.clear();
    status.print('la\u001b[2J\r\nst');
    expect(terminal.read()).toBe('012345678\r\u001b[Kstays\n012345678\r\u001b[Kla [2J  st\n');
  });

  test('elsewhere there are no such lines before ten seconds have passed', () => {
    const file = new PassThrough({ encoding: 'utf8' });
    const status = openStatusLine(file as never);
    status.update(() => 'too soon');
    status.print('stays');
    status.clear();
    expect(file.read()).toBe('stays\n');
  });
});

import { openStatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { describe, expect, test } from 'vitest';
import { showProgress } from '../../src/commands/rebuild/show-progress.ts';

/**
 * A rebuild's progress on an output that can be read, with a clock that stands until it is moved.
 */
function show(output: { isTTY: boolean; columns: number }) {
  const shown = { now: 0, written: '' };
  const write = (text: string) => {
    shown.written += text;
  };
  const clock = () => shown.now;
  const progress = showProgress(openStatusLine({ ...output, write }, clock), output.isTTY, clock);
  const advance = (ms: number, count: number) => {
    shown.now += ms;
    progress.advance(count);
  };
  return { shown, progress, advance };
}

describe('the progress of a rebuild', () => {
  test('is plain lines in a file or a log: one for each step, and every ten seconds how far it is', () => {
    const { shown, progress, advance } = show({ isTTY: false, columns: 80 });
    progress.begin({ name: 'reading the log', noun: 'events', total: 100_000, done: 0 });
    advance(100, 1_000);
    advance(9_800, 19_000);
    advance(100, 5_000);
    advance(9_900, 5_000);
    progress.say('one: a line');
    advance(100, 5_000);
    progress.begin({ name: 'creating indexes', noun: 'indexes', total: 10, done: 0 });
    advance(10_000, 2);
    expect(shown.written).toBe(
      'reading the log: 100,000 events\n' +
        'reading the log: 25 %, 25,000 events, 2,500/s, 30 s left\n' +
        'one: a line\n' +
        'reading the log: 35 %, 35,000 events, 1,750/s, 37 s left\n' +
        'creating indexes: 10 indexes\n' +
        'creating indexes: 20 %, 2 indexes, 0/s, 40 s left\n',
    );
  });

  test('is a bar on a terminal that moves on its line, at most ten times a second', () => {
    const { shown, progress, advance } = show({ isTTY: true, columns: 100 });
    progress.begin({ name: 'reading the log', noun: 'events', total: 4, done: 0 });
    advance(100, 1);
    advance(50, 1);
    progress.say('a line');
    advance(50, 1);
    progress.begin({ name: 'comparing', noun: 'rows', total: 2, done: 0 });
    expect(shown.written.split('\r\u001b[K')).toEqual([
      'reading the log: 4 events\nreading the log: [#####---------------] 25 %, 1 events, 10/s, 0 s left',
      'a line\nreading the log: [#####---------------] 25 %, 1 events, 10/s, 0 s left',
      'reading the log: [###############-----] 75 %, 3 events, 15/s, 0 s left',
      'comparing: 2 rows\n',
    ]);
  });

  test('never fills the line of a terminal, which would wrap', () => {
    const { shown, progress, advance } = show({ isTTY: true, columns: 30 });
    progress.begin({ name: 'reading the log', noun: 'events', total: 4, done: 0 });
    advance(100, 1);
    expect(shown.written).toBe('reading the log: 4 events\nreading the log: [#####------');
  });

  test('counts what an interrupted rebuild did as done, but not towards the rate', () => {
    const { shown, progress, advance } = show({ isTTY: false, columns: 80 });
    progress.begin({ name: 'reading the log', noun: 'events', total: 1_000, done: 500 });
    advance(10_000, 250);
    advance(10_000, 250);
    expect(shown.written).toBe(
      'reading the log: 500 events\n' +
        'reading the log: 75 %, 250 events, 25/s, 10 s left\n' +
        'reading the log: 100 %, 500 events, 25/s\n',
    );
  });

  test('takes more than was expected', () => {
    const { shown, progress, advance } = show({ isTTY: false, columns: 80 });
    progress.begin({ name: 'comparing', noun: 'rows', total: 0, done: 0 });
    advance(10_000, 10);
    progress.begin({ name: 'comparing', noun: 'rows', total: 5, done: 0 });
    advance(10_000, 10);
    expect(shown.written).toBe(
      'comparing: 0 rows\ncomparing: 10 rows, 1/s\ncomparing: 5 rows\ncomparing: 100 %, 10 rows, 1/s\n',
    );
  });
});

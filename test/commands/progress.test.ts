import { beforeEach, describe, expect, test } from 'vitest';
import { type Progress, showProgress } from '../../src/commands/console/progress.ts';

let now = 0;
let written = '';
const write = (text: string) => {
  written += text;
};

function show(output: { isTTY?: boolean; columns?: number } = {}): Progress {
  now = 0;
  written = '';
  return showProgress({ ...output, write }, () => now);
}

describe('progress that goes to a file or a log', () => {
  let progress: Progress;
  beforeEach(() => {
    progress = show();
  });
  const advance = (ms: number, count: number) => {
    now += ms;
    progress.advance(count);
  };

  test('is a plain line with rate and remaining time: at first, then at each tenth or every five seconds', () => {
    progress.begin('reading', 10_000, 0);
    advance(500, 100);
    advance(100, 2_000);
    advance(400, 500);
    advance(600, 100);
    advance(4_000, 10);
    advance(900, 10);
    advance(100, 1);
    expect(written).toBe(
      'reading 1 %: 100 of 10,000, 200/s, 50 s left\n' +
        'reading 27 %: 2,700 of 10,000, 1,688/s, 5 s left\n' +
        'reading 27 %: 2,721 of 10,000, 412/s, 18 s left\n',
    );
  });

  test('ends a step with its last state, once, and tells a rate for what was done in this step alone', () => {
    progress.begin('reading', 100, 50);
    advance(1_000, 25);
    advance(100, 25);
    progress.begin('comparing', 0, 0);
    progress.end();
    progress.end();
    expect(written).toBe(
      'reading 75 %: 75 of 100, 25/s, 1 s left\nreading 100 %: 100 of 100, 45/s\ncomparing 100 %: 0 of 0\n',
    );
  });

  test('takes lines of others in between, and more than was expected', () => {
    progress.begin('reading', 10, 0);
    progress.say('a line');
    advance(1_000, 12);
    progress.end();
    expect(written).toBe('a line\nreading 100 %: 12 of 12, 12/s\n');
  });

  test('tells long times in minutes and hours', () => {
    progress.begin('reading', 100_000, 0);
    advance(1_000, 20);
    advance(5_000, 1_000);
    expect(written).toBe(
      'reading 0 %: 20 of 100,000, 20/s, 1 h 24 min left\nreading 1 %: 1,020 of 100,000, 170/s, 10 min left\n',
    );
  });
});

describe('progress on a terminal', () => {
  test('is a bar that moves on its line, at most ten times a second', () => {
    const progress = show({ isTTY: true, columns: 100 });
    progress.begin('reading', 4, 0);
    progress.advance(1);
    now += 100;
    progress.advance(1);
    now += 50;
    progress.advance(1);
    progress.say('a line');
    now += 100;
    progress.advance(1);
    progress.end();
    expect(written.split('\r\x1b[K')).toEqual([
      '',
      'reading [........................] 0 %: 0 of 4',
      'reading [############............] 50 %: 2 of 4, 20/s, 1 s left',
      'a line\n',
      'reading [##################......] 75 %: 3 of 4, 20/s, 1 s left',
      'reading [########################] 100 %: 4 of 4, 16/s\n',
    ]);
  });

  test('never fills the line, which would wrap', () => {
    const progress = show({ isTTY: true, columns: 30 });
    progress.begin('reading the whole log', 4, 0);
    progress.end();
    expect(written).toBe('\r\x1b[Kreading the whole log [......\n');
  });
});

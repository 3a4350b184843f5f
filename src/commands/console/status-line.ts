import { toPrintable } from './format.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;

/** Says how a long command gets on: one line, drawn again and again, on a terminal; a line every ten seconds elsewhere. */
export interface StatusLine {
  /** Tells the newest state; `toText` is called when it is shown. */
  update(toText: () => string): void;
  /** Writes a line that stays, above the one that is drawn again. */
  print(line: string): void;
  /** Takes the drawn line away. */
  clear(): void;
}

/** Where a status line is drawn: a stream that may be a terminal. */
export type StatusOutput = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown };

/** Opens a status line on standard error, so that standard output has results alone; `now` gives milliseconds. */
export function openStatusLine(
  output: StatusOutput = process.stderr,
  now: () => number = () => performance.now(),
): StatusLine {
  const pauseMs = output.isTTY ? REDRAW_MS : PLAIN_LINE_MS;
  let shownAt = output.isTTY ? Number.NEGATIVE_INFINITY : now();
  let drawn = '';
  const clear = () => {
    if (drawn !== '') output.write('\r\u001b[K');
    drawn = '';
  };
  return {
    update(toText) {
      if (now() - shownAt < pauseMs) return;
      shownAt = now();
      if (!output.isTTY) return void output.write(`${toPrintable(toText())}\n`);
      clear();
      drawn = toPrintable(toText()).slice(0, output.columns - 1);
      output.write(drawn);
    },
    print(line) {
      const redrawn = drawn;
      clear();
      output.write(`${toPrintable(line)}\n`);
      if (redrawn !== '') output.write(redrawn);
      drawn = redrawn;
    },
    clear,
  };
}

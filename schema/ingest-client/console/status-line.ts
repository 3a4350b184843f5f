import { toPrintable } from './format.ts';

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;

/**
 * Shows the progress of a long command: one line that is redrawn on a terminal, or a new line
 * every ten seconds elsewhere.
 */
export interface StatusLine {
  /** Sets the newest state. `toText` is called only if the state is shown. */
  update(toText: () => string): void;
  /** Writes a permanent line above the redrawn one. */
  print(line: string): void;
  /** Erases the redrawn line. */
  clear(): void;
}

/** The output of a status line: a stream that may be a terminal. */
export type StatusOutput = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown };

/**
 * Opens a status line on standard error, so standard output contains results only. `now`
 * returns milliseconds.
 */
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

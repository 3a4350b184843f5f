import { toCountText } from './format.ts';

/** Where a command tells how far it is: standard output, or what a test puts in its place. */
export interface ProgressOutput {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** How far a command is: a bar that moves on a terminal, now and then a plain line anywhere else. */
export interface Progress {
  /** Writes a line of its own. */
  say(line: string): void;
  /** Begins a step of so many things to do, of which some may be done already. */
  begin(step: string, total: number, done: number): void;
  /** So many more things of the step are done. */
  advance(count: number): void;
  /** Leaves the last state of the step on a line of its own. */
  end(): void;
}

const BAR_WIDTH = 24;
const REDRAW_MS = 100;
/** Between plain lines; sooner where so much more is done, but not at once. */
const LINE_EVERY_MS = 5_000;
const LINE_EVERY_SHARE = 0.1;
const LINE_AFTER_MS = 1_000;

/** Shows progress on `output`; `now` gives milliseconds. */
export function showProgress(output: ProgressOutput, now: () => number = () => performance.now()): Progress {
  const onTerminal = output.isTTY === true;
  let step: { name: string; total: number; done: number; doneBefore: number; startedAt: number } | undefined;
  let shown = { at: 0, share: 0, isStale: false };

  const toText = (): string => {
    if (step === undefined) return '';
    const { name, total, done, doneBefore, startedAt } = step;
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const perSecond = ((done - doneBefore) * 1_000) / Math.max(1, now() - startedAt);
    const parts = [`${toCountText(done)} of ${toCountText(Math.max(done, total))}`];
    if (done > doneBefore) parts.push(`${toCountText(Math.round(perSecond))}/s`);
    if (done > doneBefore && done < total) parts.push(`${toDuration((total - done) / perSecond)} left`);
    const filled = Math.round(share * BAR_WIDTH);
    const bar = onTerminal ? ` [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]` : '';
    return `${name}${bar} ${Math.floor(share * 100)} %: ${parts.join(', ')}`;
  };
  const show = () => {
    // A terminal would wrap a longer line, and the next one could not overwrite it.
    if (onTerminal) output.write(`\r\x1b[K${toText().slice(0, Math.max(20, (output.columns ?? 80) - 1))}`);
    else output.write(`${toText()}\n`);
    shown = {
      at: now(),
      share: step === undefined ? 0 : step.done / Math.max(1, step.total),
      isStale: false,
    };
  };
  const isTimeToShow = (): boolean => {
    if (step === undefined) return false;
    const passedMs = now() - shown.at;
    if (onTerminal) return passedMs >= REDRAW_MS;
    const share = step.done / Math.max(1, step.total);
    return (
      passedMs >= LINE_EVERY_MS || (passedMs >= LINE_AFTER_MS && share - shown.share >= LINE_EVERY_SHARE)
    );
  };
  const end = () => {
    if (step === undefined) return;
    if (shown.isStale) show();
    if (onTerminal) output.write('\n');
    step = undefined;
  };

  return {
    say(line) {
      output.write(onTerminal ? `\r\x1b[K${line}\n` : `${line}\n`);
      if (onTerminal && step !== undefined) show();
    },
    begin(name, total, done) {
      end();
      step = { name, total, done, doneBefore: done, startedAt: now() };
      // Elsewhere the first line comes with the first things done.
      shown = { at: Number.NEGATIVE_INFINITY, share: 0, isStale: true };
      if (onTerminal) show();
    },
    advance(count) {
      if (step === undefined) return;
      step.done += count;
      shown.isStale = true;
      if (isTimeToShow()) show();
    },
    end,
  };
}

function toDuration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

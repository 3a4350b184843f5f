import { toCountText, toDurationText } from './format.ts';

export interface Progress {
  /** The plural of the things that are counted, and how many this run has done. */
  noun: string;
  count: number;
  /** Amount of work in any unit: in total (0 if unknown), done, and done by this run. */
  total: number;
  done: number;
  doneNow: number;
  elapsedMs: number;
}

const BAR_WIDTH = 20;

/**
 * Returns the progress as text: a bar if the line is redrawn, the count, the rate, and the
 * remaining time or the reason for waiting.
 */
export function toProgressText(progress: Progress, waitingFor: string | undefined, hasBar: boolean): string {
  const { noun, count, total, done, doneNow, elapsedMs } = progress;
  const parts: string[] = [];
  if (total > 0) {
    const part = Math.min(1, done / total);
    const filled = Math.floor(part * BAR_WIDTH);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] `;
    parts.push(`${hasBar ? bar : ''}${Math.floor(part * 100)} %`);
  }
  parts.push(`${toCountText(count)} ${noun}`, `${toCountText(toRate(count, elapsedMs))}/s`);
  if (waitingFor !== undefined) parts.push(`waiting: ${waitingFor}`);
  else if (doneNow > 0 && done < total) {
    parts.push(`${toDurationText(((total - done) / doneNow) * elapsedMs)} left`);
  }
  return parts.join(', ');
}

/** Returns the count per second, rounded. */
export function toRate(count: number, elapsedMs: number): number {
  return Math.round(count / Math.max(elapsedMs / 1_000, 0.001));
}

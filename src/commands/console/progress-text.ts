import { toCountText, toDurationText } from './format.ts';

/** How far a command is. */
export interface Progress {
  /** What is counted, and how many of them this run has done. */
  noun: string;
  count: number;
  /** What is to be done, how much of it is done, and how much of that this run did, in whatever measures it; 0 where nobody knows. */
  total: number;
  done: number;
  doneNow: number;
  elapsedMs: number;
}

const BAR_WIDTH = 20;

/** A bar (where it is drawn again and again), how much at which rate, and how long the rest will take or what it waits for. */
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

/** Per second, whole. */
export function toRate(count: number, elapsedMs: number): number {
  return Math.round(count / Math.max(elapsedMs / 1_000, 0.001));
}

import { toCountText, toDurationText } from '../console/format.ts';

/** How far a command is, as its status line tells it. */
export interface Sent {
  /** Items that this run has sent. */
  items: number;
  /** Bytes of all files, those of them that are done, and those that this run has done. */
  totalBytes: number;
  doneBytes: number;
  runBytes: number;
  elapsedMs: number;
}

const BAR_WIDTH = 20;

/** A bar (where it is drawn again and again), how many items at which rate, and how long the rest will take or what it waits for. */
export function toProgressText(sent: Sent, waitingFor: string | undefined, hasBar: boolean): string {
  const { items, totalBytes, doneBytes, runBytes, elapsedMs } = sent;
  const parts: string[] = [];
  if (totalBytes > 0) {
    const part = doneBytes / totalBytes;
    const filled = Math.floor(part * BAR_WIDTH);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] `;
    parts.push(`${hasBar ? bar : ''}${Math.floor(part * 100)} %`);
  }
  parts.push(`${toCountText(items)} items`, `${toCountText(toRate(items, elapsedMs))}/s`);
  if (waitingFor !== undefined) parts.push(`waiting: ${waitingFor}`);
  else if (runBytes > 0 && doneBytes < totalBytes) {
    parts.push(`${toDurationText(((totalBytes - doneBytes) / runBytes) * elapsedMs)} left`);
  }
  return parts.join(', ');
}

/** Per second, whole. */
export function toRate(count: number, elapsedMs: number): number {
  return Math.round(count / Math.max(elapsedMs / 1_000, 0.001));
}

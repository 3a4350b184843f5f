import { Refusal } from './refusal.ts';

/** A position of the log as clients see it: what comes after it is what `after` continues with. */
export function toLogCursor(position: number): string {
  return Buffer.from(`log:${position}`).toString('base64url');
}

/** The answer to who would go on from before `start`, the last position whose event is no longer kept. */
export function cursorExpired(start: number): Refusal {
  const oldestCursor = toLogCursor(start);
  return new Refusal('CURSOR_EXPIRED', 'Events after this cursor are no longer kept.', { oldestCursor });
}

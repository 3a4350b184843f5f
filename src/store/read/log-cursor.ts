import { LruCache } from '../../domain/lru-cache.ts';
import { Refusal } from '../../domain/refusal.ts';
import { toHash } from '../tables/event-key.ts';

/** Characters of a tenant's mark: enough that a cursor of another tenant is told from one's own. */
const MARK_LENGTH = 8;
const marks = new LruCache<string, string>(1_000);

/** A position of a tenant's log as clients see it: what comes after it is what `after` continues with. Fits the log of no other tenant. */
export function toLogCursor(tenantId: string, position: number): string {
  return Buffer.from(`log:${position}:${toMark(tenantId)}`).toString('base64url');
}

function toMark(tenantId: string): string {
  const known = marks.get(tenantId);
  if (known !== undefined) return known;
  const mark = toHash(tenantId).slice(0, MARK_LENGTH);
  marks.set(tenantId, mark);
  return mark;
}

/** The answer to who would go on from before `start`, the last position whose event is no longer kept. */
export function cursorExpired(tenantId: string, start: number): Refusal {
  const oldestCursor = toLogCursor(tenantId, start);
  return new Refusal('CURSOR_EXPIRED', 'Events after this cursor are no longer kept.', { oldestCursor });
}

import { LruCache } from '../../domain/lru-cache.ts';
import { Refusal } from '../../domain/refusal.ts';
import { toHash } from '../tables/event-key.ts';

/** Length of the checksum: long enough to distinguish the cursors of different tenants. */
const MARK_LENGTH = 8;
const marks = new LruCache<string, string>(1_000);

/**
 * Returns a position as an opaque cursor. The cursor contains a checksum of the tenant, so it is
 * refused for every other tenant.
 */
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

/** Returns the refusal for a cursor before `start`, the newest pruned position. */
export function cursorExpired(tenantId: string, start: number): Refusal {
  const oldestCursor = toLogCursor(tenantId, start);
  return new Refusal('CURSOR_EXPIRED', 'Events after this cursor are no longer kept.', { oldestCursor });
}

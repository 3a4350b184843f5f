import { LruCache } from '../../domain/lru-cache.ts';
import { Refusal } from '../../domain/refusal.ts';
import { toHash } from '../tables/event-key.ts';

/** Length of the tenant's mark: long enough to distinguish the cursors of different tenants. */
const MARK_LENGTH = 8;
const marks = new LruCache<string, string>(1_000);

/** A place in a log: after the event at `position`, before the next one. */
export interface LogPlace {
  /** 0 is the beginning of the log. */
  position: number;
  /** The checksum of the log up to the position (`log-checksum.ts`); null if unknown. */
  checksum: number | null;
}

/** The parts of a cursor: position, tenant, and the checksum if it is known. */
const LOG_CURSOR = /^log:(0|[1-9]\d{0,15}):[^:]*(?::([0-9a-z]{1,11}))?$/;
const MAX_CURSOR_LENGTH = 80;
const CHECKSUM_RADIX = 36;

/**
 * Returns a place in a log as an opaque cursor. The cursor contains a hash of the tenant, so it is
 * refused for every other tenant.
 */
export function toLogCursor(tenantId: string, position: number, checksum: number | null = null): string {
  const parts = ['log', position, toMark(tenantId)];
  if (checksum !== null && position > 0) parts.push(checksum.toString(CHECKSUM_RADIX));
  return Buffer.from(parts.join(':')).toString('base64url');
}

/**
 * Returns the place that a cursor names. Returns undefined for text that is not a cursor of the
 * tenant's log. Cursors of older versions have no checksum.
 */
export function parseLogCursor(tenantId: string, cursor: string): LogPlace | undefined {
  const text = Buffer.from(cursor.slice(0, MAX_CURSOR_LENGTH), 'base64url').toString('utf8');
  const match = LOG_CURSOR.exec(text);
  const position = Number(match?.[1] ?? Number.NaN);
  const checksum = match?.[2] === undefined ? null : Number.parseInt(match[2], CHECKSUM_RADIX);
  if (!Number.isSafeInteger(position) || toLogCursor(tenantId, position, checksum) !== cursor)
    return undefined;
  return { position, checksum };
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

/** Returns the refusal for a place in a log that now has other events up to it. */
export function otherHistory(): Refusal {
  const message =
    'The log no longer has the events before this cursor: the database has lost its newest events, for example because a backup was restored. Start again without a cursor.';
  return new Refusal('BAD_CURSOR', message);
}

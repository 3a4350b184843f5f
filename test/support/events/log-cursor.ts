import { type LogPlace, parseLogCursor, toLogCursor } from '../../../src/store/read/log-cursor.ts';

/** The beginning of a log. */
export const LOG_START: LogPlace = { position: 0, checksum: null };

/**
 * The variables of a subscription that begins with a tenant's first event, or behind a position of
 * its log.
 */
export function startAfter(tenantId: string, position = 0): { after: string } {
  return { after: toLogCursor(tenantId, position) };
}

/** Returns the position that a cursor of the tenant's log names; undefined for another text. */
export function positionOf(tenantId: string, cursor: string): number | undefined {
  return parseLogCursor(tenantId, cursor)?.position;
}

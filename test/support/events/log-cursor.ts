import { toLogCursor } from '../../../src/store/read/log-cursor.ts';

/**
 * The variables of a subscription that begins with a tenant's first event, or behind a position of
 * its log.
 */
export function startAfter(tenantId: string, position = 0): { after: string } {
  return { after: toLogCursor(tenantId, position) };
}

import { Refusal } from '../../domain/refusal.ts';
import type { TenantDatabase } from '../../store/database/database.ts';
import { readLogStart } from '../../store/read/log.ts';
import { cursorExpired, type LogPlace, otherHistory, parseLogCursor } from '../../store/read/log-cursor.ts';
import { isOtherChecksum } from '../../store/tables/log-checksum.ts';
import type { GraphContext } from '../context.ts';

/**
 * Returns the place where a subscription starts: that of the cursor, or the head of the log now.
 * Throws BAD_CURSOR for text that is not a cursor of the tenant's log, for a cursor ahead of the
 * log, and if the log has other events before the cursor. Throws CURSOR_EXPIRED, with the oldest
 * cursor, if events after the cursor are pruned.
 */
export async function findStart(
  { feed }: GraphContext,
  database: TenantDatabase,
  after: string | null | undefined,
): Promise<LogPlace> {
  const { tenantId } = database;
  const place = after === null || after === undefined ? undefined : parse(tenantId, after);
  const { head, headChecksum, prunedThrough, checksumAt } = await readLogStart(
    database,
    place?.position ?? 0,
  );
  feed.recordHead(tenantId, head);
  if (place === undefined) return { position: head, checksum: headChecksum };
  if (place.position > head) throw new Refusal('BAD_CURSOR', 'This cursor is ahead of the log.');
  if (isOtherChecksum(place.checksum, checksumAt)) throw otherHistory();
  if (place.position < prunedThrough) throw cursorExpired(tenantId, prunedThrough);
  return place;
}

function parse(tenantId: string, cursor: string): LogPlace {
  const place = parseLogCursor(tenantId, cursor);
  if (place !== undefined) return place;
  throw new Refusal(
    'BAD_CURSOR',
    "This is not a cursor of this tenant's event log. Cursors of pages and of other tenants are refused.",
  );
}

import { Refusal } from '../../domain/refusal.ts';
import type { TenantDatabase } from '../../store/database/database.ts';
import { readLogEnds } from '../../store/read/log.ts';
import { cursorExpired, toLogCursor } from '../../store/read/log-cursor.ts';
import type { GraphContext } from '../context.ts';

const LOG_CURSOR = /^log:(0|[1-9]\d{0,15}):/;

/**
 * Returns the position after which a subscription starts: the position of the cursor, or the
 * head of the log now. Throws BAD_CURSOR for text that is not a cursor of the tenant's log,
 * and for a cursor ahead of the log. Throws CURSOR_EXPIRED, with the oldest cursor, if events
 * after the cursor are pruned.
 */
export async function findStart(
  { feed }: GraphContext,
  database: TenantDatabase,
  after: string | null | undefined,
): Promise<number> {
  const { tenantId } = database;
  const position = after === null || after === undefined ? undefined : parseLogCursor(tenantId, after);
  const { head, prunedThrough } = await readLogEnds(database);
  feed.recordHead(tenantId, head);
  if (position === undefined) return head;
  if (position > head) throw new Refusal('BAD_CURSOR', 'This cursor is ahead of the log.');
  if (position < prunedThrough) throw cursorExpired(tenantId, prunedThrough);
  return position;
}

function parseLogCursor(tenantId: string, cursor: string): number {
  const match = LOG_CURSOR.exec(Buffer.from(cursor.slice(0, 64), 'base64url').toString('utf8'));
  const position = Number(match?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(position) || toLogCursor(tenantId, position) !== cursor) {
    throw new Refusal(
      'BAD_CURSOR',
      "This is not a cursor of this tenant's event log. Cursors of pages and of other tenants are refused.",
    );
  }
  return position;
}

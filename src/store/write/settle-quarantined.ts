import { sql } from 'drizzle-orm';
import type { ItemErrorCode, Problem } from '../../domain/events/problem.ts';
import type { Database } from '../database/database.ts';
import { runFixed } from '../database/statements.ts';
import type { QuarantineKey } from '../tables/quarantine-key.ts';
import { toKeyRows } from './read-quarantined.ts';

/**
 * Deletes items from quarantine and returns how many there were. Here and below, rows are
 * locked in the order of their keys, so two statements about the same items cannot deadlock.
 */
export async function removeQuarantined(database: Database, keys: readonly QuarantineKey[]): Promise<number> {
  const removed = await database.write((transaction) =>
    runFixed(
      transaction,
      sql`with locked as (
          select q.tenant_id, q.item_key from quarantine q join ${toKeyRows(keys)} using (tenant_id, item_key)
          order by q.tenant_id, q.item_key for update of q)
        delete from quarantine q using locked
        where q.tenant_id = locked.tenant_id and q.item_key = locked.item_key
        returning 1 as removed`,
    ),
  );
  return removed.length;
}

/** The problems of a waiting item, as last found. */
export interface Finding {
  key: QuarantineKey;
  problems: Problem<ItemErrorCode>[];
}

/** Stores the problems of waiting items. Skips items whose problems have not changed. */
export async function updateProblems(database: Database, findings: readonly Finding[]): Promise<void> {
  const rows = findings.map(({ key, problems }) => ({
    tenant_id: key.tenantId,
    item_key: key.itemKey,
    problems: JSON.stringify(problems),
  }));
  await database.write((transaction) =>
    runFixed(
      transaction,
      sql`with locked as (
          select q.tenant_id, q.item_key, found.problems from quarantine q
          join json_to_recordset(${JSON.stringify(rows)}::json)
            as found(tenant_id text collate "C", item_key text collate "C", problems text) using (tenant_id, item_key)
          where q.problems::text <> found.problems
          order by q.tenant_id, q.item_key for update of q)
        update quarantine q set problems = locked.problems::json from locked
        where q.tenant_id = locked.tenant_id and q.item_key = locked.item_key`,
    ),
  );
}

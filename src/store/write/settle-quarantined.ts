import { sql } from 'drizzle-orm';
import type { ItemErrorCode, Problem } from '../../domain/events/problem.ts';
import { toTextArray } from '../database/bulk.ts';
import type { TenantDatabase, TenantDatabases } from '../database/database.ts';
import { runFixed } from '../database/statements.ts';
import type { QuarantineKey } from '../tables/quarantine-key.ts';
import { groupByTenant } from './read-quarantined.ts';

/**
 * Deletes items from quarantine and returns how many there were. Here and below, each tenant
 * has a transaction of its own, and rows are locked in the order of their keys, so two
 * statements about the same items cannot deadlock.
 */
export async function removeQuarantined(
  databases: TenantDatabases,
  keys: readonly QuarantineKey[],
): Promise<number> {
  let removed = 0;
  for (const [tenantId, own] of groupByTenant(keys)) {
    removed += await removeOwn(databases.forTenant(tenantId), own);
  }
  return removed;
}

async function removeOwn(
  { write, tenantId }: TenantDatabase,
  keys: readonly QuarantineKey[],
): Promise<number> {
  const itemKeys = toTextArray(keys.map(({ itemKey }) => itemKey));
  const removed = await write((transaction) =>
    runFixed(
      transaction,
      sql`with locked as (
          select item_key from quarantine where tenant_id = ${tenantId} and item_key = any(${itemKeys})
          order by item_key for update)
        delete from quarantine q using locked
        where q.tenant_id = ${tenantId} and q.item_key = locked.item_key
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
export async function updateProblems(
  databases: TenantDatabases,
  findings: readonly Finding[],
): Promise<void> {
  const rows = findings.map(({ key, problems }) => ({ ...key, problems: JSON.stringify(problems) }));
  for (const [tenantId, own] of groupByTenant(rows)) {
    await updateOwn(
      databases.forTenant(tenantId),
      own.map(({ itemKey: item_key, problems }) => ({ item_key, problems })),
    );
  }
}

async function updateOwn(
  { write, tenantId }: TenantDatabase,
  rows: readonly { item_key: string; problems: string }[],
): Promise<void> {
  await write((transaction) =>
    runFixed(
      transaction,
      sql`with locked as (
          select q.item_key, found.problems from quarantine q
          join json_to_recordset(${JSON.stringify(rows)}::json)
            as found(item_key text collate "C", problems text) using (item_key)
          where q.tenant_id = ${tenantId} and q.problems::text <> found.problems
          order by q.item_key for update of q)
        update quarantine q set problems = locked.problems::json from locked
        where q.tenant_id = ${tenantId} and q.item_key = locked.item_key`,
    ),
  );
}

import type { AppFacts } from '../../domain/apps/app.ts';
import { mergeApp } from '../../domain/apps/merge-app.ts';
import type { Merged } from '../../domain/merge/merge.ts';
import { insertMany } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { readByKeys } from '../database/lookups.ts';
import { fromAppRow, toAppRow } from '../tables/app-row.ts';
import { apps } from '../tables/projection-tables.ts';

/** Merges facts about apps into the table `apps`. */
export async function projectApps(
  transaction: Queries,
  tenantId: string,
  facts: ReadonlyMap<string, Merged<AppFacts>>,
): Promise<void> {
  if (facts.size === 0) return;
  const found = await readByKeys(transaction, apps, apps.appId, tenantId, facts.keys());
  const known = new Map(found.map((row) => [row.appId, fromAppRow(row)]));
  const rows = [...facts].map(([appId, app]) => {
    const before = known.get(appId);
    return toAppRow(tenantId, appId, before === undefined ? app : mergeApp(before, app));
  });
  await insertMany(transaction, apps, rows, { overwrite: ['tenantId', 'appId'] });
}

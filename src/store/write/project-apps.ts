import type { AppFacts } from '../../domain/app.ts';
import type { Merged } from '../../domain/merge.ts';
import { mergeApp } from '../../domain/merge-app.ts';
import { fromAppRow, toAppRow } from '../app-row.ts';
import type { Queries } from '../database.ts';
import { apps } from '../projection-tables.ts';
import { insertMany, readByKeys } from '../recordset.ts';

/** Merges what is told of apps. */
export async function projectApps(
  transaction: Queries,
  tenantId: string,
  told: ReadonlyMap<string, Merged<AppFacts>>,
): Promise<void> {
  if (told.size === 0) return;
  const found = await readByKeys(transaction, apps, apps.appId, tenantId, told.keys());
  const known = new Map(found.map((row) => [row.appId, fromAppRow(row)]));
  const rows = [...told].map(([appId, app]) => {
    const before = known.get(appId);
    return toAppRow(tenantId, appId, before === undefined ? app : mergeApp(before, app));
  });
  await insertMany(transaction, apps, rows, { overwrite: ['tenantId', 'appId'] });
}

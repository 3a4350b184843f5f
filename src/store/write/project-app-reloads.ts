import { mergeAppReload, type ReloadState } from '../../domain/apps/merge-app-reload.ts';
import type { Merged } from '../../domain/merge/merge.ts';
import { insertMany } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { readByKeys } from '../database/lookups.ts';
import { fromReloadRow, toReloadRow } from '../tables/app-reload-row.ts';
import { fromOriginsJson } from '../tables/origins-json.ts';
import { appReloads } from '../tables/projection-tables.ts';

/** Merges facts about reloads into the table `app_reloads`. */
export async function projectAppReloads(
  transaction: Queries,
  tenantId: string,
  facts: ReadonlyMap<string, Merged<ReloadState>>,
): Promise<void> {
  if (facts.size === 0) return;
  const found = await readByKeys(transaction, appReloads, appReloads.reloadKey, tenantId, facts.keys());
  const known = new Map(found.map((row) => [row.reloadKey, row]));
  const rows = [...facts].map(([reloadKey, reload]) => {
    const row = known.get(reloadKey);
    // Rows of older versions have no origins. Their keys are keys of single events, so no new
    // facts belong to them.
    const before =
      row === undefined || row.origins === null
        ? undefined
        : fromReloadRow(row, fromOriginsJson(row.origins));
    return toReloadRow(tenantId, reloadKey, before === undefined ? reload : mergeAppReload(before, reload));
  });
  await insertMany(transaction, appReloads, rows, { overwrite: ['tenantId', 'reloadKey'] });
}

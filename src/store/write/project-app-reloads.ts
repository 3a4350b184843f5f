import { toCaseFolded } from '../../domain/values/text.ts';
import type { Queries } from '../database/database.ts';
import { insertMany, type WriteRow } from '../database/recordset.ts';
import { appReloads } from '../tables/projection-tables.ts';
import type { ReadEvent } from './incoming-event.ts';

/** Adds the reloads that new events tell of: one each, so there is nothing to merge. */
export async function projectAppReloads(
  transaction: Queries,
  tenantId: string,
  added: readonly ReadEvent[],
): Promise<void> {
  const rows = added.flatMap((item) => toRow(tenantId, item) ?? []);
  if (rows.length > 0) await insertMany(transaction, appReloads, rows);
}

function toRow(tenantId: string, { event, eventKey }: ReadEvent): WriteRow<typeof appReloads> | undefined {
  const { reload, app } = event.facts;
  if (reload === undefined) return undefined;
  const { status, ...same } = reload;
  return {
    ...same,
    tenantId,
    eventKey,
    appId: app?.appId,
    appNameKey: reload.appName === undefined ? undefined : toCaseFolded(reload.appName),
    status: status?.word ?? 'UNKNOWN',
    statusName: status?.name,
    errors: JSON.stringify(reload.errors),
    warnings: JSON.stringify(reload.warnings),
    statements: JSON.stringify(reload.statements),
  };
}

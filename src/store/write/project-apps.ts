import { and, eq, sql } from 'drizzle-orm';
import type { AppFacts } from '../../domain/app.ts';
import { type Merged, toMerged } from '../../domain/merge.ts';
import { mergeApp } from '../../domain/merge-app.ts';
import { fromAppRow, toAppRow } from '../app-row.ts';
import type { Queries } from '../database.ts';
import { insertMany, toTextArray } from '../recordset.ts';
import { apps } from '../tables.ts';
import type { IncomingEvent } from './incoming-event.ts';
import { mergeByKey } from './merge-by-key.ts';

/** Merges what new events say of apps. */
export async function projectApps(
  transaction: Queries,
  tenantId: string,
  added: readonly IncomingEvent[],
): Promise<void> {
  const told = mergeByKey(added, toApp, mergeApp);
  if (told.size === 0) return;
  const known = await transaction
    .select()
    .from(apps)
    .where(and(eq(apps.tenantId, tenantId), sql`${apps.appId} = any(${toTextArray(told.keys())})`))
    .prepare('find_apps')
    .execute();
  for (const row of known) {
    const next = told.get(row.appId);
    if (next !== undefined) told.set(row.appId, mergeApp(fromAppRow(row), next));
  }
  const rows = [...told].map(([appId, app]) => toAppRow(tenantId, appId, app));
  await insertMany(transaction, apps, rows, { overwrite: ['tenantId', 'appId'] });
}

function toApp({ event }: IncomingEvent): [string, Merged<AppFacts>] | undefined {
  const { app } = event.facts;
  return app && [app.appId, toMerged(app.facts, event)];
}

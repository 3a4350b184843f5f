import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { toTextArray } from '../recordset.ts';
import { appReloads } from '../tables.ts';
import type { Listing } from './list-page.ts';

const { appNameKey: _appNameKey, ...columns } = getTableColumns(appReloads);

/** A reload as it is read. */
export type AppReloadRecord = Omit<typeof appReloads.$inferSelect, 'appNameKey'>;

/** The reloads of a tenant, newest first. */
export function toAppReloadListing(
  connection: string,
  tenantId: string,
  condition?: SQL,
): Listing<AppReloadRecord> {
  return {
    connection,
    table: appReloads,
    columns,
    where: and(eq(appReloads.tenantId, tenantId), condition),
    order: 'OCCURRED_AT DESC',
    terms: [
      {
        expression: appReloads.occurredAt,
        direction: 'desc',
        nullable: false,
        kind: 'instant',
        valueOf: (reload) => reload.occurredAt,
      },
      {
        expression: appReloads.eventKey,
        direction: 'desc',
        nullable: false,
        kind: 'text',
        valueOf: (reload) => reload.eventKey,
      },
    ],
  };
}

/** The reloads of one app, newest first. */
export function toReloadsOfApp(tenantId: string, appId: string): Listing<AppReloadRecord> {
  return toAppReloadListing('App.reloads', tenantId, eq(appReloads.appId, appId));
}

/** Finds reloads by the keys of their events, in any order. */
export function findAppReloads(
  database: Database,
  tenantId: string,
  eventKeys: readonly string[],
): Promise<AppReloadRecord[]> {
  return database.read((queries) =>
    queries
      .select(columns)
      .from(appReloads)
      .where(
        and(eq(appReloads.tenantId, tenantId), sql`${appReloads.eventKey} = any(${toTextArray(eventKeys)})`),
      )
      .prepare('app_reloads_by_key')
      .execute(),
  );
}

/** Finds the newest reload of each app. */
export function findLastReloads(
  database: Database,
  tenantId: string,
  appIds: readonly string[],
): Promise<AppReloadRecord[]> {
  return database.read((queries) =>
    queries
      .selectDistinctOn([appReloads.appId], columns)
      .from(appReloads)
      .where(and(eq(appReloads.tenantId, tenantId), sql`${appReloads.appId} = any(${toTextArray(appIds)})`))
      .orderBy(appReloads.appId, sql`${appReloads.occurredAt} desc`, sql`${appReloads.eventKey} desc`)
      .prepare('last_reloads')
      .execute(),
  );
}

import { and, eq, getTableColumns, isNull, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { toTextArray } from '../recordset.ts';
import { apps, SORT_KEY_LENGTH, toSortKey } from '../tables.ts';
import type { Listing } from './list-page.ts';

const {
  origins: _origins,
  deletedEventAt: _deletedEventAt,
  createdEventAt: _createdEventAt,
  ...columns
} = getTableColumns(apps);

/** An app as it is read. */
export type AppRecord = Omit<typeof apps.$inferSelect, 'origins' | 'deletedEventAt' | 'createdEventAt'>;

/** The apps of a tenant by name, without regard to case. */
export function toAppListing(tenantId: string, includeDeleted: boolean): Listing<AppRecord> {
  return {
    connection: 'Query.apps',
    table: apps,
    columns,
    where: and(eq(apps.tenantId, tenantId), includeDeleted ? undefined : isNull(apps.deletedAt)),
    order: 'NAME ASC',
    terms: [
      {
        expression: toSortKey(apps.nameKey),
        direction: 'asc',
        nullable: true,
        kind: 'text',
        valueOf: ({ nameKey }) => (nameKey === null ? null : [...nameKey].slice(0, SORT_KEY_LENGTH).join('')),
      },
      {
        expression: apps.appId,
        direction: 'asc',
        nullable: false,
        kind: 'text',
        valueOf: (app) => app.appId,
      },
    ],
  };
}

/** Finds apps by their ids, deleted ones included, in any order. */
export function findApps(
  database: Database,
  tenantId: string,
  appIds: readonly string[],
): Promise<AppRecord[]> {
  return database.read((queries) =>
    queries
      .select(columns)
      .from(apps)
      .where(and(eq(apps.tenantId, tenantId), sql`${apps.appId} = any(${toTextArray(appIds)})`))
      .prepare('apps_by_id')
      .execute(),
  );
}

import { and, eq, getTableColumns, isNull } from 'drizzle-orm';
import { apps } from '../tables/projection-tables.ts';
import { compileFilter, type FilterInput } from './filters/filter.ts';
import { appSubject } from './filters/filter-subjects.ts';
import { toFinder } from './find-by-keys.ts';
import { type KeyedFilter, type MatchTable, toKeyed } from './match-filters.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { type Ordering, toOrder } from './pages/order.ts';
import { byFoldedText, byId, byInstant, byInteger } from './pages/terms.ts';

const {
  origins: _origins,
  deletedEventAt: _deletedEventAt,
  createdEventAt: _createdEventAt,
  ...columns
} = getTableColumns(apps);

/** An app as readers get it. */
export type AppRecord = Omit<typeof apps.$inferSelect, 'origins' | 'deletedEventAt' | 'createdEventAt'>;

const ordering: Ordering<AppRecord> = {
  fields: {
    NAME: byFoldedText(apps.nameKey, 'nameKey'),
    CREATED_DATE: byInstant(apps.createdDate, 'createdDate'),
    MODIFIED_DATE: byInstant(apps.modifiedDate, 'modifiedDate'),
    LAST_RELOAD_TIME: byInstant(apps.lastReloadTime, 'lastReloadTime'),
    LAST_EVENT_AT: byInstant(apps.lastEventAt, 'lastEventAt', false),
    MEMORY_BYTES: byInteger(apps.memoryBytes, 'memoryBytes'),
    FILE_BYTES: byInteger(apps.fileBytes, 'fileBytes'),
  },
  key: [byId(apps.appId, 'appId')],
  fallback: { field: 'NAME', direction: 'ASC' },
};

/** Lists the apps of a tenant, by case-folded name by default. */
export function toAppListing(
  tenantId: string,
  includeDeleted: boolean,
  { where, orderBy }: ListingArguments = {},
): Listing<AppRecord> {
  return {
    connection: 'Query.apps',
    table: apps,
    columns,
    where: and(
      eq(apps.tenantId, tenantId),
      includeDeleted ? undefined : isNull(apps.deletedAt),
      compileFilter(where, appSubject),
    ),
    isFixed: !where,
    ...toOrder(ordering, orderBy),
  };
}

/** Compiles a filter for `matchFilters`. Throws BAD_USER_INPUT. */
export function compileAppFilter(where: FilterInput | null | undefined): KeyedFilter | undefined {
  return toKeyed(where, compileFilter(where, appSubject));
}

/** The table that subscriptions match apps in, including deleted apps. */
export const appMatchTable: MatchTable = { table: apps, key: apps.appId, columns };

/** Finds apps by their ids, deleted ones included. */
export const findApps = toFinder<string, AppRecord>('apps_by_id', appMatchTable);

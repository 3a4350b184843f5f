import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import { appReloads } from '../tables/projection-tables.ts';
import { compileFilter, type FilterInput } from './filters/filter.ts';
import { appReloadSubject } from './filters/filter-subjects.ts';
import { toFinder, toFirstFinder } from './find-by-keys.ts';
import { type KeyedFilter, type MatchTable, toKeyed } from './match-filters.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { type Ordering, toOrder } from './pages/order.ts';
import { byId, byInstant, byInteger } from './pages/terms.ts';

const { appNameKey: _appNameKey, origins: _origins, ...columns } = getTableColumns(appReloads);

/** A reload as readers get it. */
export type AppReloadRecord = Omit<typeof appReloads.$inferSelect, 'appNameKey' | 'origins'>;

const ordering: Ordering<AppReloadRecord> = {
  fields: {
    OCCURRED_AT: byInstant(appReloads.occurredAt, 'occurredAt', false),
    DURATION: byInteger(appReloads.durationMs, 'durationMs'),
    PEAK_MEMORY: byInteger(appReloads.peakMemoryBytes, 'peakMemoryBytes'),
  },
  key: [byId(appReloads.reloadKey, 'reloadKey')],
  fallback: { field: 'OCCURRED_AT', direction: 'DESC' },
};

/** Lists the reloads of a tenant, newest first by default. */
export function toAppReloadListing(
  connection: string,
  tenantId: string,
  { where, orderBy }: ListingArguments = {},
): Listing<AppReloadRecord> {
  return {
    connection,
    table: appReloads,
    columns,
    where: and(eq(appReloads.tenantId, tenantId), compileFilter(where, appReloadSubject)),
    isFixed: !where,
    ...toOrder(ordering, orderBy),
  };
}

/** The column of a reload's app, for lists per app. */
export const appOfReload = appReloads.appId;

/** Compiles a filter for `matchFilters`. Throws BAD_USER_INPUT. */
export function compileReloadFilter(where: FilterInput | null | undefined): KeyedFilter | undefined {
  return toKeyed(where, compileFilter(where, appReloadSubject));
}

/** The table that subscriptions match reloads in. */
export const reloadMatchTable: MatchTable = { table: appReloads, key: appReloads.reloadKey, columns };

/** Finds reloads by their keys. */
export const findAppReloads = toFinder<string, AppReloadRecord>('app_reloads_by_key', reloadMatchTable);

/** Finds the newest reload of each app. */
export const findLastReloads = toFirstFinder<string, AppReloadRecord>(
  'last_reloads',
  { table: appReloads, key: appReloads.appId, columns },
  [desc(appReloads.occurredAt), desc(appReloads.reloadKey)],
);

import { getTableColumns, isNull } from 'drizzle-orm';
import type { TenantDatabase } from '../database/database.ts';
import { apps } from '../tables/projection-tables.ts';
import { APP_SUBJECT } from './filters/filter-subjects.ts';
import { toFinder } from './find-by-keys.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { createReader } from './reader.ts';
import { APPS } from './subjects/apps.ts';

const {
  origins: _origins,
  deletedEventAt: _deletedEventAt,
  createdEventAt: _createdEventAt,
  ...columns
} = getTableColumns(apps);

/** The record of an app: the columns that clients can read. */
export type AppRecord = Omit<typeof apps.$inferSelect, 'origins' | 'deletedEventAt' | 'createdEventAt'>;

/** Reads apps, including deleted ones. */
export const appReader = createReader<AppRecord>(APPS, columns, APP_SUBJECT);

/** Lists the apps of a tenant, by case-folded name by default. */
export function toAppListing(
  database: TenantDatabase,
  includeDeleted: boolean,
  args: ListingArguments = {},
): Listing<AppRecord> {
  return appReader.toListing(
    'Query.apps',
    database,
    args,
    includeDeleted ? undefined : isNull(apps.deletedAt),
  );
}

/** Finds apps by their ids, deleted ones included. */
export const findApps = toFinder<string, AppRecord>('apps_by_id', appReader.matchTable);

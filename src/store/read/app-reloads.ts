import { desc, getTableColumns } from 'drizzle-orm';
import { appReloads } from '../tables/projection-tables.ts';
import { toFinder, toFirstFinder } from './find-by-keys.ts';
import { createReader } from './reader.ts';
import { APP_RELOADS } from './subjects/app-reloads.ts';

const { appNameKey: _appNameKey, origins: _origins, ...columns } = getTableColumns(appReloads);

/** The record of a reload: the columns that clients can read. */
export type AppReloadRecord = Omit<typeof appReloads.$inferSelect, 'appNameKey' | 'origins'>;

/** Lists reloads, newest first by default. */
export const reloadReader = createReader<AppReloadRecord>(APP_RELOADS, columns);

/** The column of a reload's app, for lists per app. */
export const appOfReload = appReloads.appId;

/** Finds reloads by their keys. */
export const findAppReloads = toFinder<string, AppReloadRecord>(
  'app_reloads_by_key',
  reloadReader.matchTable,
);

/** Finds the newest reload of each app. */
export const findLastReloads = toFirstFinder<string, AppReloadRecord>(
  'last_reloads',
  { table: appReloads, key: appReloads.appId, columns },
  [desc(appReloads.occurredAt), desc(appReloads.reloadKey)],
);

import type { VariablesOf } from 'gql.tada';
import type { FilterField } from '../../parts/filters/filter-field.ts';
import { filterKinds } from '../../parts/filters/filter-kinds.ts';
import type { AppsDocument } from './apps-documents.ts';

export type AppWhere = VariablesOf<typeof AppsDocument>['where'];

const STATUSES = ['FAILED', 'EXCEEDED_LIMIT', 'CANCELED', 'SUCCEEDED', 'UNKNOWN'] as const;
const MEGABYTE = 1_000_000;

const { choices, daysAgo, flag, ids, number, text } = filterKinds<AppWhere>();

/** The filters of the list of apps, the frequent ones first. */
export const APP_FILTERS: readonly FilterField<AppWhere>[] = [
  { ...choices('status', 'Last reload', STATUSES, (status) => ({ lastReload: { status } })), isPinned: true },
  text('name', 'Name contains', (contains) => ({ name: { contains } })),
  daysAgo('stale', 'Last reload older than', (lt) => ({ lastReload: { occurredAt: { lt } } })),
  daysAgo('reloaded', 'Reloaded in the last', (gte) => ({ lastReload: { occurredAt: { gte } } })),
  number('longer', 'Last reload took at least', 'seconds', 1_000, (gte) => ({
    lastReload: { durationMs: { gte } },
  })),
  number('memory', 'Memory at least', 'MB', MEGABYTE, (gte) => ({ memoryBytes: { gte } })),
  number('file', 'File at least', 'MB', MEGABYTE, (gte) => ({ fileBytes: { gte } })),
  flag('published', 'Published', (eq) => ({ isPublished: { eq } })),
  flag('section', 'Section access', (eq) => ({ hasSectionAccess: { eq } })),
  ids('app', 'App id', (appId) => ({ appId })),
  ids('owner', 'Owner (user id)', (ownerId) => ({ ownerId })),
  ids('space', 'Space id', (spaceId) => ({ spaceId })),
  ids('origin', 'Copied from (app id)', (originAppId) => ({ originAppId })),
];

import { sql } from 'drizzle-orm';
import { apps } from '../../tables/projection-tables.ts';
import { defineSubject } from './subject.ts';

export const APPS = defineSubject({
  name: 'App',
  plural: 'apps',
  table: apps,
  key: ['appId'],
  fallback: { field: 'NAME', direction: 'ASC' },
  fields: {
    appId: { kind: 'id', filter: "the app's Qlik id" },
    name: {
      kind: 'text',
      folded: 'nameKey',
      filter: 'the name of the app',
      order: ['NAME', 'name, ignoring case'],
    },
    ownerId: { kind: 'id', filter: "the Qlik id of the app's owner" },
    spaceId: { kind: 'id', filter: "the Qlik id of the app's space" },
    originAppId: { kind: 'id', filter: "the Qlik id of the app's origin" },
    isPublished: {
      kind: 'flag',
      column: sql`(${apps.reportedPublishTime} is not null or ${apps.publishedEventAt} is not null)`,
      filter: 'whether the app is published',
    },
    hasSectionAccess: { kind: 'flag', filter: 'whether the app uses section access' },
    createdDate: {
      kind: 'instant',
      filter: 'when the app was created',
      order: ['CREATED_DATE', 'creation time'],
    },
    modifiedDate: {
      kind: 'instant',
      filter: 'when the app was last modified',
      order: ['MODIFIED_DATE', 'the time of the last modification'],
    },
    lastReloadTime: {
      kind: 'instant',
      filter: 'when the app was last reloaded',
      order: ['LAST_RELOAD_TIME', 'the time of the last reload'],
    },
    lastEventAt: {
      kind: 'instant',
      filter: "the time of the app's newest event",
      order: ['LAST_EVENT_AT', 'the time of the newest event about the app'],
    },
    fileBytes: {
      kind: 'integer',
      filter: 'the size on disk, in bytes',
      order: ['FILE_BYTES', 'the size on disk'],
    },
    memoryBytes: {
      kind: 'integer',
      filter: 'the size in memory, in bytes',
      order: ['MEMORY_BYTES', 'the size in memory'],
    },
  },
  relations: { lastReload: { to: 'AppReload', filter: 'apps whose newest reload is such a reload' } },
});

/** The types this version models, and OTHER for every other one. */
export const EVENT_TYPES = [
  'AUTOMATION_RUN_ENDED',
  'APP_CREATED',
  'APP_DELETED',
  'APP_DATA_UPDATED',
  'APP_EXPORTED',
  'APP_PUBLISHED',
  'APP_RELOAD_FINISHED',
  'OTHER',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

const TYPE_OF_KEY: ReadonlyMap<string, EventType> = new Map([
  ['automation.run.ended', 'AUTOMATION_RUN_ENDED'],
  ['app.created', 'APP_CREATED'],
  ['app.deleted', 'APP_DELETED'],
  ['app.softdeleted', 'APP_DELETED'],
  ['app.harddeleted', 'APP_DELETED'],
  ['app.data.updated', 'APP_DATA_UPDATED'],
  ['app.exported', 'APP_EXPORTED'],
  ['app.published', 'APP_PUBLISHED'],
  ['app.reload.finished', 'APP_RELOAD_FINISHED'],
]);

const NAMESPACE = /^com\.qlik\.(?:v\d+\.)?(?:analytics\.)?(?:v\d+\.)?(?=.)/;

/**
 * A type name without its namespace and version: `com.qlik.v1.app.created`, `com.qlik.app.created` and
 * `com.qlik.analytics.app.created` all give `app.created` (facts, "Types"). Part of the event's identity.
 */
export function toTypeKey(typeName: string): string {
  return typeName.replace(NAMESPACE, '');
}

/** The modelled type of a type key. */
export function toEventType(typeKey: string): EventType {
  return TYPE_OF_KEY.get(typeKey) ?? 'OTHER';
}

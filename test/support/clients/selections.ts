/**
 * Every field of a type that is no connection, as a client may select it; the global `id` apart.
 */
const PROBLEM = '{ code message path }';

export const EVENT_FIELDS = `__typename eventId source type typeName envelope specVersion time receivedAt tenantId userId
  ownerId spaceId topLevelResourceId position cursor warnings ${PROBLEM} raw`;

export const BLOCK_FIELDS = `ordinal type typeName blockName params rxBytes txBytes apiCalls durationMs snippetId endpointId
  connectorId`;

export const RUN_FIELDS = `runId automationId title status statusName outcome context contextName billable isTestRun
  isArchived executedById ownerId spaceId createdAt scheduledStartTime startTime stopTime updatedAt occurredAt durationMs
  queuedMs network { rxBytes txBytes } totalApiCalls
  metrics { network { rxBytes txBytes } totalApiCalls
    blocks { type typeName rxBytes txBytes apiCalls snippetId endpointId connectorId } }`;

export const APP_FIELDS = `appId name description owner ownerId spaceId dynamicColor published isPublished publishTime
  hasSectionAccess originAppId createdDate modifiedDate lastReloadTime lastExportedAt size { fileBytes memoryBytes }
  extraAttributes isDeleted deletedAt lastEventAt`;

export const RELOAD_FIELDS = `reloadId appId appName status statusName endTime occurredAt duration durationMs peakMemoryBytes
  memoryBytes errors warnings statements`;

/** A page of each connection of the root with everything in it. */
export const EVERYTHING = `{
  eventLog { headPosition headCursor oldestPosition startCursor }
  events(first: 100) { totalCount nodes { id ${EVENT_FIELDS} } }
  automationRuns(first: 100) { totalCount nodes { id ${RUN_FIELDS} automation { name }
    blocks(first: 100) { totalCount nodes { id ${BLOCK_FIELDS} } } events { totalCount nodes { position } } } }
  automations(first: 100) { totalCount nodes { id automationId name lastRunAt lastRun { runId } runs { totalCount } } }
  blocks(first: 100) { totalCount nodes { id ${BLOCK_FIELDS} run { runId } } }
  apps(first: 100, includeDeleted: true) { totalCount nodes { id ${APP_FIELDS} originApp { appId }
    lastReload { reloadId } reloads { totalCount } events { totalCount nodes { position } } } }
  quarantinedEvents(first: 100) { totalCount nodes { id tenantId receivedAt problems ${PROBLEM} raw } }
  appReloads(first: 100) { totalCount nodes { id ${RELOAD_FIELDS} app { appId } event { position } } }
}`;

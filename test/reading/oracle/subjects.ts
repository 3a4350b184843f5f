/** How the values of a field compare. */
export type FieldKind = 'id' | 'text' | 'flag' | 'integer' | 'instant' | 'word';

/** What the contract says can be asked of the rows of a connection. */
export interface Subject {
  filterType: string;
  orderType: string;
  /** Fields of the filter; of a word its values. `?` marks a word that may be null. */
  fields: Record<string, FieldKind>;
  words: Record<string, readonly string[]>;
  relation?: { name: string; subject: () => Subject };
  /** Fields that can be ordered by, and whose value each stands for. */
  orders: Record<string, string>;
  fallback: { field: string; direction: Direction };
  /** A selection that has every value above. */
  selection: string;
}

export type Direction = 'ASC' | 'DESC';

const STATUSES = [
  'NOT_STARTED',
  'QUEUED',
  'STARTING',
  'RUNNING',
  'MUST_STOP',
  'STOPPED',
  'FINISHED',
  'FINISHED_WITH_WARNINGS',
  'FAILED',
  'EXCEEDED_LIMIT',
  'UNKNOWN',
];

const fieldsOf = (kinds: Partial<Record<FieldKind, string>>) =>
  Object.fromEntries(
    Object.entries(kinds).flatMap(([kind, names]) =>
      names.split(' ').map((name) => [name, kind as FieldKind]),
    ),
  );

export const RUNS: Subject = {
  filterType: 'AutomationRunFilter',
  orderType: 'AutomationRunOrder',
  fields: fieldsOf({
    id: 'runId automationId executedById ownerId spaceId',
    text: 'title',
    word: 'status outcome context',
    flag: 'billable isTestRun isArchived',
    instant: 'occurredAt startTime stopTime createdAt',
    integer: 'durationMs queuedMs totalApiCalls rxBytes txBytes',
  }),
  words: {
    status: STATUSES,
    outcome: ['SUCCESS', 'WARNING', 'FAILURE', 'STOPPED', 'PENDING', 'UNKNOWN'],
    context: ['TEST_RUN', 'API', 'WEBHOOK', 'EDITOR', 'UNKNOWN'],
  },
  relation: { name: 'someBlock', subject: () => BLOCKS },
  orders: {
    OCCURRED_AT: 'occurredAt',
    START_TIME: 'startTime',
    STOP_TIME: 'stopTime',
    CREATED_AT: 'createdAt',
    DURATION: 'durationMs',
    QUEUED: 'queuedMs',
    TOTAL_API_CALLS: 'totalApiCalls',
    RX_BYTES: 'rxBytes',
    TX_BYTES: 'txBytes',
    TITLE: 'title',
  },
  fallback: { field: 'OCCURRED_AT', direction: 'DESC' },
  selection: `id runId automationId executedById ownerId spaceId title status outcome context billable isTestRun isArchived
    occurredAt startTime stopTime createdAt durationMs queuedMs totalApiCalls network { rxBytes txBytes }`,
};

export const BLOCKS: Subject = {
  filterType: 'BlockFilter',
  orderType: 'BlockOrder',
  fields: fieldsOf({
    word: 'type',
    text: 'blockName',
    id: 'connectorId endpointId snippetId',
    integer: 'apiCalls rxBytes txBytes durationMs',
  }),
  words: { type: ['SNIPPET_BLOCK', 'ENDPOINT_BLOCK', 'BASE_BLOCK', 'UNKNOWN'] },
  relation: { name: 'run', subject: () => RUNS },
  orders: {
    RUN_OCCURRED_AT: 'runOccurredAt',
    API_CALLS: 'apiCalls',
    RX_BYTES: 'rxBytes',
    TX_BYTES: 'txBytes',
    DURATION: 'durationMs',
  },
  fallback: { field: 'RUN_OCCURRED_AT', direction: 'DESC' },
  selection: 'id ordinal type blockName connectorId endpointId snippetId apiCalls rxBytes txBytes durationMs',
};

export const AUTOMATIONS: Subject = {
  filterType: 'AutomationFilter',
  orderType: 'AutomationOrder',
  fields: fieldsOf({ id: 'automationId', text: 'name', instant: 'lastRunAt' }),
  words: {},
  relation: { name: 'lastRun', subject: () => RUNS },
  orders: { LAST_RUN_AT: 'lastRunAt', NAME: 'name' },
  fallback: { field: 'LAST_RUN_AT', direction: 'DESC' },
  selection: 'id automationId name lastRunAt',
};

export const APPS: Subject = {
  filterType: 'AppFilter',
  orderType: 'AppOrder',
  fields: fieldsOf({
    id: 'appId ownerId spaceId originAppId',
    text: 'name',
    flag: 'isPublished hasSectionAccess',
    instant: 'createdDate modifiedDate lastReloadTime lastEventAt',
    integer: 'fileBytes memoryBytes',
  }),
  words: {},
  relation: { name: 'lastReload', subject: () => RELOADS },
  orders: {
    NAME: 'name',
    CREATED_DATE: 'createdDate',
    MODIFIED_DATE: 'modifiedDate',
    LAST_RELOAD_TIME: 'lastReloadTime',
    LAST_EVENT_AT: 'lastEventAt',
    MEMORY_BYTES: 'memoryBytes',
    FILE_BYTES: 'fileBytes',
  },
  fallback: { field: 'NAME', direction: 'ASC' },
  selection: `id appId ownerId spaceId originAppId name isPublished hasSectionAccess createdDate modifiedDate lastReloadTime
    lastEventAt size { fileBytes memoryBytes } isDeleted`,
};

export const RELOADS: Subject = {
  filterType: 'AppReloadFilter',
  orderType: 'AppReloadOrder',
  fields: fieldsOf({
    id: 'reloadId appId',
    text: 'appName',
    word: 'status',
    instant: 'occurredAt',
    integer: 'durationMs peakMemoryBytes',
  }),
  words: { status: ['SUCCEEDED', 'FAILED', 'CANCELED', 'EXCEEDED_LIMIT', 'UNKNOWN'] },
  orders: { OCCURRED_AT: 'occurredAt', DURATION: 'durationMs', PEAK_MEMORY: 'peakMemoryBytes' },
  fallback: { field: 'OCCURRED_AT', direction: 'DESC' },
  selection: 'id reloadId appId appName status occurredAt durationMs peakMemoryBytes',
};

export const EVENTS: Subject = {
  filterType: 'EventFilter',
  orderType: 'EventOrder',
  fields: fieldsOf({
    word: 'type',
    text: 'typeName source',
    instant: 'time receivedAt',
    id: 'userId ownerId spaceId topLevelResourceId',
  }),
  words: {
    type: [
      'AUTOMATION_RUN_ENDED',
      'APP_CREATED',
      'APP_DELETED',
      'APP_PUBLISHED',
      'APP_RELOAD_FINISHED',
      'OTHER',
    ],
  },
  orders: { POSITION: 'position', TIME: 'time' },
  fallback: { field: 'POSITION', direction: 'DESC' },
  selection: 'id position type typeName source time receivedAt userId ownerId spaceId topLevelResourceId',
};

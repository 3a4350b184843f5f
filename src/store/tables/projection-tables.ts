import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import type { AppReloadStatus } from '../../domain/apps/app.ts';
import type {
  AutomationRunContext,
  AutomationRunStatus,
  BlockFacts,
  BlockType,
  RunMetrics,
} from '../../domain/runs/automation-run.ts';
import type { JsonObject, JsonValue } from '../../domain/values/json.ts';
import { count, idText, instant, jsonText, tenantId, toSortKey } from './columns.ts';
import type { StoredOrigins } from './origins-json.ts';

/**
 * Incremented when this code derives other rows from the same events than before. Rows of an older
 * version stay unchanged until `npm run rebuild`; the service warns about them when it starts.
 */
export const PROJECTION_VERSION = 2;

export const automations = pgTable(
  'automations',
  {
    tenantId: tenantId(),
    automationId: idText('automation_id').notNull(),
    name: text('name'),
    /** The case-folded name, used for sorting and searching. */
    nameKey: idText('name_key'),
    /** occurredAt of the newest run; time of the newest event if there is no run. */
    lastRunAt: instant('last_run_at').notNull(),
    lastEventAt: instant('last_event_at').notNull(),
    origins: jsonText('origins').$type<StoredOrigins>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.automationId] }),
    index('automations_by_last_run').on(table.tenantId, table.lastRunAt, table.automationId),
  ],
);

export const automationRuns = pgTable(
  'automation_runs',
  {
    tenantId: tenantId(),
    runId: idText('run_id').notNull(),
    automationId: idText('automation_id'),
    title: text('title'),
    titleKey: idText('title_key'),
    status: text('status').$type<AutomationRunStatus>().notNull(),
    statusName: text('status_name'),
    context: text('context').$type<AutomationRunContext>(),
    contextName: text('context_name'),
    billable: boolean('billable'),
    isTestRun: boolean('is_test_run'),
    isArchived: boolean('is_archived'),
    executedById: idText('executed_by_id'),
    ownerId: idText('owner_id'),
    spaceId: idText('space_id'),
    createdAt: instant('created_at'),
    scheduledStartTime: instant('scheduled_start_time'),
    startTime: instant('start_time'),
    stopTime: instant('stop_time'),
    updatedAt: instant('updated_at'),
    occurredAt: instant('occurred_at').notNull(),
    durationMs: count('duration_ms'),
    queuedMs: count('queued_ms'),
    rxBytes: count('rx_bytes'),
    txBytes: count('tx_bytes'),
    totalApiCalls: count('total_api_calls'),
    metrics: jsonText('metrics').$type<RunMetrics>(),
    /** A copy of the run's blocks as one value, so that lists of runs need no join. */
    blocks: jsonText('blocks').$type<BlockFacts[]>(),
    lastEventAt: instant('last_event_at').notNull(),
    origins: jsonText('origins').$type<StoredOrigins>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.runId] }),
    index('automation_runs_by_time').on(table.tenantId, table.occurredAt, table.runId),
    index('automation_runs_of_automation').on(
      table.tenantId,
      table.automationId,
      table.occurredAt,
      table.runId,
    ),
    // One index per order, for equal costs. Each adds about 5 µs per written run.
    index('automation_runs_by_start').on(table.tenantId, table.startTime, table.runId),
    index('automation_runs_by_stop').on(table.tenantId, table.stopTime, table.runId),
    index('automation_runs_by_creation').on(table.tenantId, table.createdAt, table.runId),
    index('automation_runs_by_duration').on(table.tenantId, table.durationMs, table.runId),
    index('automation_runs_by_queued').on(table.tenantId, table.queuedMs, table.runId),
    index('automation_runs_by_calls').on(table.tenantId, table.totalApiCalls, table.runId),
    index('automation_runs_by_rx_bytes').on(table.tenantId, table.rxBytes, table.runId),
    index('automation_runs_by_tx_bytes').on(table.tenantId, table.txBytes, table.runId),
    index('automation_runs_by_title').on(table.tenantId, toSortKey(table.titleKey), table.runId),
  ],
);

export const blocks = pgTable(
  'blocks',
  {
    tenantId: tenantId(),
    runId: idText('run_id').notNull(),
    ordinal: integer('ordinal').notNull(),
    /** Copy of the run's column, so that blocks are paged and grouped without their runs. */
    runOccurredAt: instant('run_occurred_at').notNull(),
    automationId: idText('automation_id'),
    type: text('type').$type<BlockType>().notNull(),
    typeName: text('type_name'),
    blockName: text('block_name'),
    blockNameKey: idText('block_name_key'),
    params: jsonText('params').$type<JsonValue[]>(),
    rxBytes: count('rx_bytes'),
    txBytes: count('tx_bytes'),
    apiCalls: count('api_calls'),
    durationMs: count('duration_ms'),
    snippetId: idText('snippet_id'),
    endpointId: idText('endpoint_id'),
    connectorId: idText('connector_id'),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.runId, table.ordinal] }),
    // DESC in a query means nulls first. Queries use the index only if it says the same.
    index('blocks_by_time').on(
      table.tenantId,
      table.runOccurredAt.desc().nullsFirst(),
      table.runId.desc().nullsFirst(),
      table.ordinal.asc(),
    ),
  ],
);

export const apps = pgTable(
  'apps',
  {
    tenantId: tenantId(),
    appId: idText('app_id').notNull(),
    name: text('name'),
    nameKey: idText('name_key'),
    description: text('description'),
    owner: text('owner'),
    ownerId: idText('owner_id'),
    spaceId: idText('space_id'),
    dynamicColor: text('dynamic_color'),
    published: boolean('published'),
    /** The attribute `publishTime` as reported. */
    reportedPublishTime: instant('reported_publish_time'),
    publishedEventAt: instant('published_event_at'),
    hasSectionAccess: boolean('has_section_access'),
    originAppId: idText('origin_app_id'),
    createdDate: instant('created_date'),
    modifiedDate: instant('modified_date'),
    lastReloadTime: instant('last_reload_time'),
    lastExportedAt: instant('last_exported_at'),
    fileBytes: count('file_bytes'),
    memoryBytes: count('memory_bytes'),
    extraAttributes: jsonText('extra_attributes').$type<JsonObject>(),
    /** Time of the newest deletion event, even if a later created event revived the app. */
    deletedEventAt: instant('deleted_event_at'),
    createdEventAt: instant('created_event_at'),
    /** Set while the app is deleted. */
    deletedAt: instant('deleted_at'),
    lastEventAt: instant('last_event_at').notNull(),
    origins: jsonText('origins').$type<StoredOrigins>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.appId] }),
    index('apps_by_name').on(table.tenantId, toSortKey(table.nameKey), table.appId),
  ],
);

/** One row per attempt of an engine to reload an app. */
export const appReloads = pgTable(
  'app_reloads',
  {
    tenantId: tenantId(),
    /** Hash of app, reloadId and endTime, or of the event if one of them is missing. */
    reloadKey: idText('reload_key').notNull(),
    reloadId: idText('reload_id'),
    appId: idText('app_id'),
    appName: text('app_name'),
    appNameKey: idText('app_name_key'),
    status: text('status').$type<AppReloadStatus>().notNull(),
    statusName: text('status_name'),
    endTime: instant('end_time'),
    occurredAt: instant('occurred_at').notNull(),
    duration: count('duration'),
    durationMs: count('duration_ms'),
    peakMemoryBytes: count('peak_memory_bytes'),
    memoryBytes: count('memory_bytes'),
    errors: jsonText('errors').$type<JsonValue[]>().notNull(),
    warnings: jsonText('warnings').$type<JsonValue[]>().notNull(),
    statements: jsonText('statements').$type<JsonValue[]>().notNull(),
    /** The newest event; null in rows of older versions, whose reload key is the event key. */
    eventKey: idText('event_key'),
    eventTypeKey: idText('event_type_key').notNull().default('app.reload.finished'),
    /** `lastEventAt` and `origins` are null in rows of older versions (one event each). */
    lastEventAt: instant('last_event_at'),
    origins: jsonText('origins').$type<StoredOrigins>(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.reloadKey] }),
    index('app_reloads_by_time').on(table.tenantId, table.occurredAt, table.reloadKey),
    index('app_reloads_by_duration').on(table.tenantId, table.durationMs, table.reloadKey),
    index('app_reloads_by_peak_memory').on(table.tenantId, table.peakMemoryBytes, table.reloadKey),
    index('app_reloads_of_app').on(table.tenantId, table.appId, table.occurredAt, table.reloadKey),
  ],
);

import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { alias, type PgTable } from 'drizzle-orm/pg-core';
import { AUTOMATION_RUN_STATUSES, toOutcome } from '../../domain/automation-run.ts';
import { events } from '../log-tables.ts';
import { appReloads, apps, automationRuns, automations, blocks } from '../projection-tables.ts';
import type { CompileRelated, FilterField, FilterSubject } from './filter.ts';

const id = (column: SQLWrapper): FilterField => ({ kind: 'id', column });
const text = (column: SQLWrapper, folded: SQLWrapper): FilterField => ({ kind: 'text', column, folded });
const flag = (column: SQLWrapper): FilterField => ({ kind: 'flag', column });
const integer = (column: SQLWrapper): FilterField => ({ kind: 'integer', column });
const instant = (column: SQLWrapper): FilterField => ({ kind: 'instant', column });
const word = (column: SQLWrapper): FilterField => ({ kind: 'word', column, toStored: (value) => [value] });

const toStatusesOf = (outcome: string) =>
  AUTOMATION_RUN_STATUSES.filter((status) => toOutcome(status) === outcome);

type Columns<Table extends PgTable> = Record<keyof Table['_']['columns'], SQLWrapper>;

/**
 * How related rows are found: looked up for each row, which is right for a page that soon has enough, or joined as the planner
 * thinks best, which is right where all rows are read.
 */
export type Relating = 'lookUp' | 'join';

/** What `AutomationRunFilter` can ask. */
export function toRunSubject(
  relating: Relating = 'lookUp',
  runs: Columns<typeof automationRuns> = automationRuns,
): FilterSubject {
  return {
    runId: id(runs.runId),
    automationId: id(runs.automationId),
    title: text(runs.title, runs.titleKey),
    status: word(runs.status),
    outcome: { kind: 'word', column: runs.status, toStored: toStatusesOf },
    context: word(runs.context),
    billable: flag(runs.billable),
    isTestRun: flag(runs.isTestRun),
    isArchived: flag(runs.isArchived),
    executedById: id(runs.executedById),
    ownerId: id(runs.ownerId),
    spaceId: id(runs.spaceId),
    occurredAt: instant(runs.occurredAt),
    startTime: instant(runs.startTime),
    stopTime: instant(runs.stopTime),
    createdAt: instant(runs.createdAt),
    durationMs: integer(runs.durationMs),
    queuedMs: integer(runs.queuedMs),
    totalApiCalls: integer(runs.totalApiCalls),
    rxBytes: integer(runs.rxBytes),
    txBytes: integer(runs.txBytes),
    someBlock: {
      kind: 'related',
      own: {},
      toCondition: (compile) => {
        const related = compile((relation) => toBlockSubject('lookUp', alias(blocks, relation)));
        return exists('blocks', related, runs, relating);
      },
    },
  };
}

/** What `BlockFilter` can ask. */
export function toBlockSubject(
  relating: Relating = 'lookUp',
  rows: Columns<typeof blocks> = blocks,
): FilterSubject {
  return {
    type: word(rows.type),
    blockName: text(rows.blockName, rows.blockNameKey),
    connectorId: id(rows.connectorId),
    endpointId: id(rows.endpointId),
    snippetId: id(rows.snippetId),
    apiCalls: integer(rows.apiCalls),
    rxBytes: integer(rows.rxBytes),
    txBytes: integer(rows.txBytes),
    durationMs: integer(rows.durationMs),
    run: {
      kind: 'related',
      own: { occurredAt: instant(rows.runOccurredAt), automationId: id(rows.automationId) },
      toCondition: (compile) => {
        const related = compile((relation) => toRunSubject('lookUp', alias(automationRuns, relation)));
        return exists('automation_runs', related, rows, relating);
      },
    },
  };
}

/**
 * Rows of another table of the same run. OFFSET keeps a subquery that is looked up row by row. As joins of the same tables over
 * and over they would be estimated at one row each and cost the product of all, and hundreds of them would take minutes to plan;
 * so at most the first of a filter is left to the planner, and none with others inside, which it would look
 * up for every row instead of until one matches.
 */
function exists(
  table: string,
  { name, condition, isOnly }: ReturnType<CompileRelated>,
  outer: { tenantId: SQLWrapper; runId: SQLWrapper },
  relating: Relating,
): SQL {
  const inner = sql.identifier(name);
  const kept = sql.raw(relating === 'join' && isOnly ? '' : 'offset 0');
  return sql`exists (select 1 from ${sql.identifier(table)} as ${inner}
    where ${inner}.tenant_id = ${outer.tenantId} and ${inner}.run_id = ${outer.runId} and (${condition}) ${kept})`;
}

/** What `AutomationFilter` can ask. */
export const automationSubject: FilterSubject = {
  automationId: id(automations.automationId),
  name: text(automations.name, automations.nameKey),
  lastRunAt: instant(automations.lastRunAt),
};

/** What `AppFilter` can ask. */
export const appSubject: FilterSubject = {
  appId: id(apps.appId),
  name: text(apps.name, apps.nameKey),
  ownerId: id(apps.ownerId),
  spaceId: id(apps.spaceId),
  originAppId: id(apps.originAppId),
  isPublished: flag(sql`(${apps.reportedPublishTime} is not null or ${apps.publishedEventAt} is not null)`),
  hasSectionAccess: flag(apps.hasSectionAccess),
  createdDate: instant(apps.createdDate),
  modifiedDate: instant(apps.modifiedDate),
  lastReloadTime: instant(apps.lastReloadTime),
  lastEventAt: instant(apps.lastEventAt),
  fileBytes: integer(apps.fileBytes),
  memoryBytes: integer(apps.memoryBytes),
};

/** What `AppReloadFilter` can ask. */
export const appReloadSubject: FilterSubject = {
  reloadId: id(appReloads.reloadId),
  appId: id(appReloads.appId),
  appName: text(appReloads.appName, appReloads.appNameKey),
  status: word(appReloads.status),
  occurredAt: instant(appReloads.occurredAt),
  durationMs: integer(appReloads.durationMs),
  peakMemoryBytes: integer(appReloads.peakMemoryBytes),
};

/** A key column that is filled only where it differs from what lower() makes of ASCII under the "C" collation. */
const orLower = (key: SQLWrapper, column: SQLWrapper) => sql`coalesce(${key}, lower(${column}))`;

/** What `EventFilter` can ask. */
export const eventSubject: FilterSubject = {
  type: word(events.type),
  typeName: text(events.typeName, orLower(events.typeNameKey, events.typeName)),
  source: text(events.source, orLower(events.sourceKey, events.source)),
  time: instant(events.time),
  receivedAt: instant(events.receivedAt),
  userId: id(events.userId),
  ownerId: id(events.ownerId),
  spaceId: id(events.spaceId),
  topLevelResourceId: id(events.topLevelResourceId),
};

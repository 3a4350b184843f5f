import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { alias, type PgTable } from 'drizzle-orm/pg-core';
import { AUTOMATION_RUN_STATUSES, toOutcome } from '../../../domain/runs/automation-run.ts';
import { events } from '../../tables/log-tables.ts';
import { appReloads, apps, automationRuns, automations, blocks } from '../../tables/projection-tables.ts';
import type { FilterField, FilterSubject, Related } from './filter.ts';

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
 * How related rows are found. 'lookUp' runs a subquery per row, which suits a page that soon has
 * enough rows. 'join' leaves the choice to the planner, which suits statements that read all rows.
 */
export type Relating = 'lookUp' | 'join';

/** The fields of `AutomationRunFilter`. */
export function toRunSubject(
  relating: Relating = 'lookUp',
  runs: Columns<typeof automationRuns> = automationRuns,
): FilterSubject {
  const self: FilterSubject = {
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
        const related = compile((relation) => ({
          ...toOwnFieldsOfBlock(alias(blocks, relation)),
          // The run of a block of this run is this run.
          run: { kind: 'outer', toSubject: () => self },
        }));
        return exists('blocks', related, runs, relating);
      },
    },
  };
  return self;
}

/**
 * Returns a subquery with the ids of the runs that match a condition. The condition calls the table
 * `name`.
 */
export type ListRunIds = (name: string, condition: SQL) => SQL;

/** Evaluates a condition for all runs of a tenant, or for the runs whose ids `among` selects. */
export function toListRunIds(tenantId: string, among?: SQL): ListRunIds {
  return (name, condition) => {
    const runs = sql.identifier(name);
    const isAmong = among === undefined ? sql`true` : sql`${runs}.run_id = any(array(${among}))`;
    return sql`select ${runs}.run_id from automation_runs as ${runs}
      where ${runs}.tenant_id = ${tenantId} and ${isAmong} and (${condition})`;
  };
}

/**
 * The fields of `BlockFilter`. A light filter on the block's run is a subquery per block. A heavier
 * one is evaluated once per run, for the runs that `listRunIds` selects: otherwise a run of 1,000
 * blocks would cost a thousand times as much.
 */
export function toBlockSubject(relating: Relating, listRunIds: ListRunIds): FilterSubject {
  return {
    ...toOwnFieldsOfBlock(blocks),
    run: {
      kind: 'related',
      own: { occurredAt: instant(blocks.runOccurredAt), automationId: id(blocks.automationId) },
      toCondition: (compile) => {
        const related = compile((relation) => toRunSubject('lookUp', alias(automationRuns, relation)));
        if (related.isLight) return exists('automation_runs', related, blocks, relating);
        // The planner expects few rows from an unnested array, and IS TRUE keeps it from joining.
        // So it always builds one hash table and never scans the list per block.
        const list = sql`select unnest(array(${listRunIds(related.name, related.condition)}))`;
        return sql`(${blocks.runId} in (${list})) is true`;
      },
    },
  };
}

function toOwnFieldsOfBlock(rows: Columns<typeof blocks>): FilterSubject {
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
  };
}

/**
 * Tests whether another table has a matching row of the same run. OFFSET keeps PostgreSQL from
 * turning the subquery into a join. Several joins would each be estimated at one row and then
 * multiply, and hundreds of them take minutes to plan. So the planner may only join the one
 * relation of a filter that has no other.
 */
function exists(
  table: string,
  { name, condition, isOnly }: Related,
  outer: { tenantId: SQLWrapper; runId: SQLWrapper },
  relating: Relating,
): SQL {
  const inner = sql.identifier(name);
  const kept = sql.raw(relating === 'join' && isOnly ? '' : 'offset 0');
  return sql`exists (select 1 from ${sql.identifier(table)} as ${inner}
    where ${inner}.tenant_id = ${outer.tenantId} and ${inner}.run_id = ${outer.runId} and (${condition}) ${kept})`;
}

/** The fields of `AutomationFilter`. */
export const automationSubject: FilterSubject = {
  automationId: id(automations.automationId),
  name: text(automations.name, automations.nameKey),
  lastRunAt: instant(automations.lastRunAt),
};

/** The fields of `AppFilter`. */
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

/** The fields of `AppReloadFilter`. */
export const appReloadSubject: FilterSubject = {
  reloadId: id(appReloads.reloadId),
  appId: id(appReloads.appId),
  appName: text(appReloads.appName, appReloads.appNameKey),
  status: word(appReloads.status),
  occurredAt: instant(appReloads.occurredAt),
  durationMs: integer(appReloads.durationMs),
  peakMemoryBytes: integer(appReloads.peakMemoryBytes),
};

/** A folded column that is null where `lower()` under the "C" collation gives the same text. */
const orLower = (key: SQLWrapper, column: SQLWrapper) => sql`coalesce(${key}, lower(${column}))`;

/** The fields of `EventFilter`. */
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

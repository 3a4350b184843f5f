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
 * How related rows are found: looked up for each row, which is right for a page that soon has enough, or joined as the planner
 * thinks best, which is right where all rows are read.
 */
export type Relating = 'lookUp' | 'join';

/** What `AutomationRunFilter` can ask. */
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
          // The run of a run's block is that run.
          run: { kind: 'outer', toSubject: () => self },
        }));
        return exists('blocks', related, runs, relating);
      },
    },
  };
  return self;
}

/** Lists the ids of the runs that a condition is true for; it calls their table `name`. */
export type ListRunIds = (name: string, condition: SQL) => SQL;

/** Decides a condition for all runs of a tenant, or for those whose ids `among` lists. */
export function toListRunIds(tenantId: string, among?: SQL): ListRunIds {
  return (name, condition) => {
    const runs = sql.identifier(name);
    const isAmong = among === undefined ? sql`true` : sql`${runs}.run_id = any(array(${among}))`;
    return sql`select ${runs}.run_id from automation_runs as ${runs}
      where ${runs}.tenant_id = ${tenantId} and ${isAmong} and (${condition})`;
  };
}

/**
 * What `BlockFilter` can ask. A filter on a block's run is looked up for each block if it is light; else it is decided once per run,
 * however many blocks that has, for the runs that `listRunIds` knows to be in question.
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
        // Of a list out of an array the planner expects a few values, and under IS TRUE it makes no join of it: so it always makes a
        // table of hashes once, and never goes through the list for each block.
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
 * Rows of another table of the same run. OFFSET keeps a subquery that is looked up row by row. As joins of the same tables over
 * and over they would be estimated at one row each and cost the product of all, and hundreds of them would take minutes to plan;
 * so at most the first of a filter is left to the planner, and none with others inside, which it would look
 * up for every row instead of until one matches.
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

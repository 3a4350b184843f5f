import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { alias, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import { appReloads, apps, automationRuns, automations, blocks } from '../../tables/projection-tables.ts';
import { APP_RELOADS } from '../subjects/app-reloads.ts';
import { APPS } from '../subjects/apps.ts';
import { AUTOMATIONS } from '../subjects/automations.ts';
import { BLOCKS } from '../subjects/blocks.ts';
import { RUNS } from '../subjects/runs.ts';
import { listFieldsWith, type Subject, toColumn } from '../subjects/subject.ts';
import type { FilterField, FilterSubject, Related } from './filter.ts';

/** The fields of a subject's filter, without its relations. */
export function toFilterFields(subject: Subject, table: PgTable = subject.table): FilterSubject {
  const fields = listFieldsWith(subject, 'filter').map(([name, field]): [string, FilterField] => {
    const { kind, column = name, folded, toStored } = field;
    return [
      name,
      {
        kind,
        column: toColumn(table, column),
        ...(folded !== undefined && { folded: toColumn(table, folded) }),
        ...(toStored !== undefined && { toStored }),
      },
    ];
  });
  return Object.fromEntries(fields);
}

/**
 * How related rows are found. 'lookUp' runs a subquery per row, which suits a page that soon has
 * enough rows. 'join' leaves the choice to the planner, which suits statements that read all rows.
 */
export type Relating = 'lookUp' | 'join';

/** The fields of `AutomationRunFilter`. */
export function toRunSubject(
  relating: Relating = 'lookUp',
  runs: PgTable & { tenantId: PgColumn; runId: PgColumn } = automationRuns,
): FilterSubject {
  const self: FilterSubject = {
    ...toFilterFields(RUNS, runs),
    someBlock: {
      kind: 'related',
      own: {},
      toCondition: (compile) => {
        const related = compile((relation) => ({
          ...toFilterFields(BLOCKS, alias(blocks, relation)),
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
    ...toFilterFields(BLOCKS),
    run: {
      kind: 'related',
      own: {
        occurredAt: { kind: 'instant', column: blocks.runOccurredAt },
        automationId: { kind: 'id', column: blocks.automationId },
      },
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

/**
 * Tests whether another table has a matching row of the same run. OFFSET keeps PostgreSQL from
 * turning the subquery into a join. Several joins would each be estimated at one row and then
 * multiply, and hundreds of them take minutes to plan. So at most one relation of a filter may
 * become a join: the first one, if it contains no others, and only with `join`.
 */
function exists(
  table: string,
  { name, condition, isFirst }: Related,
  outer: { tenantId: SQLWrapper; runId: SQLWrapper },
  relating: Relating,
): SQL {
  const inner = sql.identifier(name);
  const kept = sql.raw(relating === 'join' && isFirst ? '' : 'offset 0');
  return sql`exists (select 1 from ${sql.identifier(table)} as ${inner}
    where ${inner}.tenant_id = ${outer.tenantId} and ${inner}.run_id = ${outer.runId} and (${condition}) ${kept})`;
}

/** The fields of `AutomationFilter`. */
export const AUTOMATION_SUBJECT: FilterSubject = {
  ...toFilterFields(AUTOMATIONS),
  lastRun: hasNewest({
    table: 'automation_runs',
    parent: 'automation_id',
    key: 'run_id',
    of: { tenantId: automations.tenantId, id: automations.automationId },
    toSubject: (name) => toRunSubject('lookUp', alias(automationRuns, name)),
  }),
};

/** The fields of `AppFilter`. */
export const APP_SUBJECT: FilterSubject = {
  ...toFilterFields(APPS),
  lastReload: hasNewest({
    table: 'app_reloads',
    parent: 'app_id',
    key: 'reload_key',
    of: { tenantId: apps.tenantId, id: apps.appId },
    toSubject: (name) => toFilterFields(APP_RELOADS, alias(appReloads, name)),
  }),
};

/** The rows of a parent, of which the newest one is filtered by. */
interface NewestOf {
  table: string;
  /** The column with the id of the parent. An index orders its rows by time and key. */
  parent: string;
  /** The last column of the key of the table, which breaks ties. */
  key: string;
  of: { tenantId: SQLWrapper; id: SQLWrapper };
  toSubject: (name: string) => FilterSubject;
}

/**
 * Tests whether the newest row of a parent matches. LIMIT keeps PostgreSQL from turning the
 * subquery into a join, so each parent costs one index lookup, whatever the filter.
 */
function hasNewest({ table, parent, key, of, toSubject }: NewestOf): FilterField {
  return {
    kind: 'related',
    own: {},
    toCondition: (compile) => {
      const { name, condition } = compile(toSubject);
      const related = sql.identifier(name);
      return sql`exists (select 1 from (
          select * from ${sql.identifier(table)} as newest
          where newest.tenant_id = ${of.tenantId} and newest.${sql.identifier(parent)} = ${of.id}
          order by newest.occurred_at desc, newest.${sql.identifier(key)} desc limit 1
        ) as ${related} where ${condition})`;
    },
  };
}

import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { alias, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import { automationRuns, blocks } from '../../tables/projection-tables.ts';
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

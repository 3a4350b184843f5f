import { eq, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { AUTOMATION_RUN_STATUSES, toOutcome } from '../../../domain/runs/automation-run.ts';
import { appReloads, automationRuns, blocks } from '../../tables/projection-tables.ts';
import { compileFilter, type FilterInput } from '../filters/filter.ts';
import { appReloadSubject, toBlockSubject, toListRunIds, toRunSubject } from '../filters/filter-subjects.ts';
import type { StatsSubject } from './stats.ts';

type Where = FilterInput | null | undefined;

/** Aggregates of a duration column, as `DurationStats` names them, behind a prefix. */
function toDurationAggregates(prefix: string, column: SQLWrapper): Record<string, SQL> {
  const percentile = (fraction: string) =>
    sql`percentile_cont(${sql.raw(fraction)}) within group (order by ${column})`;
  return {
    [`${prefix}.count`]: sql`count(${column})`,
    [`${prefix}.sum`]: sql`sum(${column})::text`,
    [`${prefix}.min`]: sql`min(${column})`,
    [`${prefix}.avg`]: sql`avg(${column})::float8`,
    [`${prefix}.p50`]: percentile('0.5'),
    [`${prefix}.p90`]: percentile('0.9'),
    [`${prefix}.p95`]: percentile('0.95'),
    [`${prefix}.p99`]: percentile('0.99'),
    [`${prefix}.max`]: sql`max(${column})`,
  };
}

const toSum = (column: SQLWrapper) => sql`sum(${column})::text`;
const toCountOf = (condition: SQL) => sql`count(*) filter (where ${condition})`;

/**
 * Words are literals, not parameters. They are constants of this code, so the text of the statement
 * stays the same.
 */
const toList = (words: readonly string[]) => sql.raw(words.map((word) => `'${word}'`).join());
const statusesOf = (outcome: string) =>
  toList(AUTOMATION_RUN_STATUSES.filter((status) => toOutcome(status) === outcome));
const toOutcomeCase = (status: SQLWrapper) => {
  const cases = AUTOMATION_RUN_STATUSES.map((word) => `when '${word}' then '${toOutcome(word)}'`);
  return sql`case ${status} ${sql.raw(cases.join(' '))} end`;
};

/** Statistics of the matching runs. */
export function toRunStats(tenantId: string, where: Where): StatsSubject {
  const runs = automationRuns;
  return {
    table: runs,
    ofTenant: eq(runs.tenantId, tenantId),
    where: compileFilter(where, toRunSubject('join')),
    time: runs.occurredAt,
    groupings: {
      AUTOMATION: runs.automationId,
      STATUS: runs.status,
      OUTCOME: toOutcomeCase(runs.status),
      CONTEXT: runs.context,
      EXECUTOR: runs.executedById,
      OWNER: runs.ownerId,
      SPACE: runs.spaceId,
      BILLABLE: runs.billable,
    },
    aggregates: {
      successCount: toCountOf(sql`${runs.status} in (${statusesOf('SUCCESS')})`),
      warningCount: toCountOf(sql`${runs.status} in (${statusesOf('WARNING')})`),
      failureCount: toCountOf(sql`${runs.status} in (${statusesOf('FAILURE')})`),
      billableCount: toCountOf(sql`${runs.billable}`),
      totalApiCalls: toSum(runs.totalApiCalls),
      rxBytes: toSum(runs.rxBytes),
      txBytes: toSum(runs.txBytes),
      ...toDurationAggregates('duration', runs.durationMs),
      ...toDurationAggregates('queued', runs.queuedMs),
    },
  };
}

/** Statistics of the matching blocks. */
export function toBlockStats(tenantId: string, where: Where): StatsSubject {
  return {
    table: blocks,
    ofTenant: eq(blocks.tenantId, tenantId),
    where: compileFilter(where, toBlockSubject('join', toListRunIds(tenantId))),
    time: blocks.runOccurredAt,
    groupings: {
      TYPE: blocks.type,
      CONNECTOR: blocks.connectorId,
      ENDPOINT: blocks.endpointId,
      SNIPPET: blocks.snippetId,
      BLOCK_NAME: blocks.blockName,
      AUTOMATION: blocks.automationId,
    },
    aggregates: {
      runCount: sql`count(distinct ${blocks.runId})`,
      apiCalls: toSum(blocks.apiCalls),
      rxBytes: toSum(blocks.rxBytes),
      txBytes: toSum(blocks.txBytes),
      ...toDurationAggregates('duration', blocks.durationMs),
    },
  };
}

/** Statistics of the matching reloads. */
export function toAppReloadStats(tenantId: string, where: Where): StatsSubject {
  return {
    table: appReloads,
    ofTenant: eq(appReloads.tenantId, tenantId),
    where: compileFilter(where, appReloadSubject),
    time: appReloads.occurredAt,
    groupings: { APP: appReloads.appId, STATUS: appReloads.status },
    aggregates: {
      succeededCount: toCountOf(sql`${appReloads.status} = 'SUCCEEDED'`),
      failedCount: toCountOf(sql`${appReloads.status} = 'FAILED'`),
      maxPeakMemoryBytes: sql`max(${appReloads.peakMemoryBytes})`,
      ...toDurationAggregates('duration', appReloads.durationMs),
    },
  };
}

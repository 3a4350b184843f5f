import { deepStrictEqual } from 'node:assert';
import postgres from 'postgres';
import { startService } from '../contender.ts';
import { type Dose, measure } from '../measure.ts';
import { post } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';
import { fillTenants, toPlan } from '../tenants.ts';

const PLAN = toPlan('runs-1000000', 1_000_000);
const SINCE = new Date(PLAN.until - 30 * 86_400_000).toISOString();
const DOSE: Dose = { rounds: 5, turnMs: 1, atOnce: 1 };

interface Case {
  name: string;
  /** One field, named `rows`. */
  query: string;
  /** The same rows by hand; `$1` is the tenant. */
  sql: string;
}

const percentiles = (
  column: string,
) => `count(${column}) as known, sum(${column}), min(${column}), avg(${column}), max(${column}),
  percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by ${column})`;
const inRange = `tenant_id = $1 and occurred_at >= '${SINCE}'`;

const CASES: Case[] = [
  {
    name: 'hourly p95 over 30 days',
    query: `automationRunStats(interval: HOUR, first: 10000, where: { occurredAt: { gte: "${SINCE}" } }) { bucketStart count duration { p95 } }`,
    sql: `select date_trunc('hour', occurred_at) as bucket, count(*), percentile_cont(0.95) within group (order by duration_ms) as p95
      from automation_runs where ${inRange} group by 1 order by 1 desc`,
  },
  {
    name: 'hourly p95 over 30 days, in Berlin',
    query: `automationRunStats(interval: HOUR, timeZone: "Europe/Berlin", first: 10000, where: { occurredAt: { gte: "${SINCE}" } }) { bucketStart count duration { p95 } }`,
    sql: `select date_trunc('hour', occurred_at, 'Europe/Berlin') as bucket, count(*), percentile_cont(0.95) within group (order by duration_ms) as p95
      from automation_runs where ${inRange} group by 1 order by 1 desc`,
  },
  {
    name: 'outcomes by day over 90 days',
    query:
      'automationRunStats(interval: DAY, first: 10000) { bucketStart count successCount warningCount failureCount }',
    sql: `select date_trunc('day', occurred_at) as bucket, count(*), count(*) filter (where status = 'FINISHED') as good,
      count(*) filter (where status in ('FINISHED_WITH_WARNINGS', 'STOPPED')) as warned, count(*) filter (where status in ('FAILED', 'EXCEEDED_LIMIT')) as bad
      from automation_runs where tenant_id = $1 group by 1 order by 1 desc`,
  },
  {
    name: 'costs by automation over 90 days',
    query:
      'automationRunStats(groupBy: [AUTOMATION], first: 10000) { automationId count billableCount totalApiCalls rxBytes txBytes }',
    sql: `select automation_id, count(*), count(*) filter (where billable) as billable, sum(total_api_calls), sum(rx_bytes), sum(tx_bytes)
      from automation_runs where tenant_id = $1 group by 1 order by 2 desc`,
  },
  {
    name: 'everything about all runs',
    query: `automationRunStats { count successCount failureCount billableCount totalApiCalls rxBytes txBytes
      duration { count sum min avg max p50 p90 p95 p99 } queued { count sum min avg max p50 p90 p95 p99 } }`,
    sql: `select count(*), count(*) filter (where status = 'FINISHED') as good, count(*) filter (where status in ('FAILED', 'EXCEEDED_LIMIT')) as bad,
      count(*) filter (where billable) as billable, sum(total_api_calls), sum(rx_bytes), sum(tx_bytes), ${percentiles('duration_ms')}, ${percentiles('queued_ms')}
      from automation_runs where tenant_id = $1`,
  },
  {
    name: 'blocks by connector over 30 days',
    query: `blockStats(groupBy: [CONNECTOR], first: 10000, where: { run: { occurredAt: { gte: "${SINCE}" } } }) { connectorId count runCount apiCalls duration { p95 } }`,
    sql: `select connector_id, count(*), count(distinct run_id) as runs, sum(api_calls), percentile_cont(0.95) within group (order by duration_ms)
      from blocks where tenant_id = $1 and run_occurred_at >= '${SINCE}' group by 1 order by 2 desc`,
  },
  {
    name: 'reloads by app',
    query:
      'appReloadStats(groupBy: [APP], first: 10000) { appId count failedCount duration { p95 } maxPeakMemoryBytes }',
    sql: `select app_id, count(*), count(*) filter (where status = 'FAILED') as failed, percentile_cont(0.95) within group (order by duration_ms), max(peak_memory_bytes)
      from app_reloads where tenant_id = $1 group by 1 order by 2 desc`,
  },
];

/**
 * Every statistic of a million runs over 90 days against the same written by hand, sent by
 * postgres.js; the hand's own client is not counted.
 */
export async function benchStats({ url, pid }: BenchPostgres): Promise<void> {
  await fillTenants(url, [PLAN]);
  const service = await startService('service', url);
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    await sql`vacuum analyze`;
    const rows: string[][] = [];
    for (const { name, query, sql: text } of CASES) {
      const ask = async () =>
        (await post(service.url, { query: `{ rows: ${query} }` }, { 'x-tenant-id': PLAN.tenantId })) as {
          rows: { count: number }[];
        };
      const askByHand = () => sql.unsafe(text, [PLAN.tenantId], { prepare: true });
      checkSameCounts((await ask()).rows, await askByHand());
      const [ours, byHand] = await measure(
        pid,
        [
          { name: 'service', pid: service.pid, run: ask },
          { name: 'SQL', pid: undefined, run: askByHand },
        ],
        DOSE,
      );
      if (ours === undefined || byHand === undefined) throw new Error('Nothing was measured.');
      const times = [1_000 / ours.perSecond, 1_000 / byHand.perSecond].map(toText);
      rows.push([
        name,
        `${toText(ours.server)} + ${toText(ours.database)}`,
        toText(byHand.database),
        (ours.total / byHand.total).toFixed(2),
        ...times,
      ]);
    }
    printTable(
      'Statistics of a million runs: CPU in ms',
      ['statistic', 'server + database', 'SQL by hand', 'ratio', 'takes ms', 'by hand ms'],
      rows,
    );
  } finally {
    await sql.end();
    await service.stop();
  }
}

function checkSameCounts(ours: readonly { count: number }[], byHand: readonly postgres.Row[]): void {
  const sort = (counts: number[]) => counts.sort((a, b) => a - b);
  deepStrictEqual(sort(ours.map(({ count }) => count)), sort(byHand.map(({ count }) => Number(count))));
}

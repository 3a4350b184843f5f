import postgres from 'postgres';
import { toPageCursor } from '../../../src/store/read/pages/page-cursor.ts';
import { startService } from '../contender.ts';
import { type Dose, type Figures, measure } from '../measure.ts';
import { post, send } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';
import { fillTenants, toPlan } from '../tenants.ts';

const DEPTH = 100_000;
const DOSE: Dose = { rounds: 3, turnMs: 2_000, atOnce: 4 };
const QUERY = `query Page($where: AutomationRunFilter, $orderBy: [AutomationRunOrder!], $after: String) {
  automationRuns(first: 20, where: $where, orderBy: $orderBy, after: $after) {
    nodes { runId automationId title status occurredAt durationMs totalApiCalls
      blocks(first: 100) { nodes { ordinal connectorId durationMs } } }
    pageInfo { hasNextPage endCursor } } }`;

interface Case {
  name: string;
  where?: Record<string, unknown>;
  orderBy?: { field: string; direction: 'ASC' | 'DESC' };
  /** The same condition and the expression of the order in SQL, to find the row at the depth. */
  sql: string;
  column: string;
}

const newest = 'occurred_at';
const CASES: Case[] = [
  { name: 'newest', sql: 'true', column: newest },
  {
    name: 'newest, status FINISHED',
    where: { status: { eq: 'FINISHED' } },
    sql: `status = 'FINISHED'`,
    column: newest,
  },
  {
    name: 'newest, of one automation',
    where: { automationId: { eq: 'automation-0' } },
    sql: `automation_id = 'automation-0'`,
    column: newest,
  },
  {
    name: 'newest, title contains 7',
    where: { title: { contains: '7' } },
    sql: `title like '%7%'`,
    column: newest,
  },
  {
    name: 'newest, some block of connector-0',
    where: { someBlock: { connectorId: { eq: 'connector-0' } } },
    sql: `exists (select from blocks b where b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.connector_id = 'connector-0')`,
    column: newest,
  },
  {
    name: 'longest',
    orderBy: { field: 'DURATION', direction: 'DESC' },
    sql: 'duration_ms is not null',
    column: 'duration_ms',
  },
  {
    name: 'most calls',
    orderBy: { field: 'TOTAL_API_CALLS', direction: 'DESC' },
    sql: 'total_api_calls is not null',
    column: 'total_api_calls',
  },
  {
    name: 'by title',
    orderBy: { field: 'TITLE', direction: 'ASC' },
    sql: 'title_key is not null',
    column: 'left(title_key, 200)',
  },
  {
    name: 'longest waiting',
    orderBy: { field: 'QUEUED', direction: 'DESC' },
    sql: 'queued_ms is not null',
    column: 'queued_ms',
  },
];

/** Filtered and ordered pages of a million runs: the first one, and the one behind 100,000 runs. */
export async function benchPages({ url, pid }: BenchPostgres): Promise<void> {
  const plan = toPlan('runs-1000000', 1_000_000);
  await fillTenants(url, [plan]);
  const service = await startService('service', url);
  const headers = { 'x-tenant-id': plan.tenantId };
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    await sql`vacuum analyze`;
    const rows: string[][] = [];
    for (const page of CASES) {
      const after = await findCursor(sql, plan.tenantId, page);
      const toSubject = (name: string, cursor: string | undefined) => {
        const variables = { where: page.where, orderBy: page.orderBy && [page.orderBy], after: cursor };
        const body = JSON.stringify({ query: QUERY, variables });
        return { name, pid: service.pid, run: () => send(service.url, body, headers) };
      };
      await post(
        service.url,
        { query: QUERY, variables: { where: page.where, orderBy: page.orderBy && [page.orderBy], after } },
        headers,
      );
      const [first, deep] = await measure(
        pid,
        [toSubject('first', undefined), toSubject('deep', after)],
        DOSE,
      );
      rows.push([
        page.name,
        ...toCells(first),
        ...toCells(deep),
        ((deep?.total ?? 0) / (first?.total ?? 1)).toFixed(2),
      ]);
    }
    printTable(
      `Pages of 20 of a million runs: CPU per request in ms, server + database`,
      ['page', 'first', 'per second', `behind ${DEPTH}`, 'per second', 'ratio'],
      rows,
    );
  } finally {
    await sql.end();
    await service.stop();
  }
}

function toCells(figures: Figures | undefined): string[] {
  if (figures === undefined) return ['', ''];
  return [`${toText(figures.server)} + ${toText(figures.database)}`, toText(figures.perSecond)];
}

async function findCursor(sql: postgres.Sql, tenantId: string, page: Case): Promise<string> {
  const direction = page.orderBy?.direction ?? 'DESC';
  const [row] = await sql.unsafe(
    `select ${page.column}::text as value, run_id from automation_runs r where tenant_id = $1 and ${page.sql}
      order by ${page.column} ${direction}, run_id ${direction} offset ${DEPTH - 1} limit 1`,
    [tenantId],
  );
  if (row === undefined) throw new Error(`${page.name} does not reach that deep.`);
  const order = page.orderBy ? `${page.orderBy.field} ${direction}` : 'OCCURRED_AT DESC';
  return toPageCursor('Query.automationRuns', order, [toOrderValue(page.column, row.value), row.run_id]);
}

function toOrderValue(column: string, text: string): string | number {
  if (column === newest) return new Date(text).toISOString();
  return column.startsWith('left') ? text : Number(text);
}

import { createServer } from 'node:http';
import postgres from 'postgres';

/**
 * The least that a server can do for the list of runs: node:http, postgres.js, one prepared
 * statement, JSON. No GraphQL, no checks. It answers in the shape that the service answers in.
 */
const sql = postgres(String(process.env.DATABASE_URL), { max: 6, fetch_types: false });

interface Run {
  [column: string]: unknown;
  blocks: Record<string, unknown>[] | null;
}

const toBlock = (block: Record<string, unknown>) => ({
  ordinal: block.ordinal,
  type: block.type,
  blockName: block.blockName ?? null,
  connectorId: block.connectorId ?? null,
  durationMs: block.durationMs ?? null,
  apiCalls: block.apiCalls ?? null,
  rxBytes: block.rxBytes ?? null,
  txBytes: block.txBytes ?? null,
});

async function listRuns(tenantId: string, first: number) {
  const rows = await sql<Run[]>`
    select run_id as "runId", automation_id as "automationId", title, status, status_name as "statusName", context,
      start_time as "startTime", stop_time as "stopTime", occurred_at as "occurredAt", duration_ms::float8 as "durationMs",
      total_api_calls::float8 as "totalApiCalls", blocks
    from automation_runs where tenant_id = ${tenantId}
    order by occurred_at desc, run_id desc limit ${first + 1}`;
  const nodes = rows
    .slice(0, first)
    .map((run) => ({ ...run, blocks: { nodes: (run.blocks ?? []).map(toBlock) } }));
  const last = rows[nodes.length - 1];
  const endCursor = last && Buffer.from(JSON.stringify([last.occurredAt, last.runId])).toString('base64url');
  return { automationRuns: { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } } };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const { variables } = JSON.parse(Buffer.concat(chunks).toString());
    const data = await listRuns(String(request.headers['x-tenant-id']), variables.first);
    const body = JSON.stringify({ data });
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.stdout.write('ready\n'));

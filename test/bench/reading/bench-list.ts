import { deepStrictEqual } from 'node:assert';
import { inSeconds, SECRET, toToken } from '../../support/identity/tokens.ts';
import {
  type Contender,
  NEWER_NODE,
  startBare,
  startBefore,
  startPostgraphile,
  startService,
} from '../contender.ts';
import { type Dose, measure } from '../measure.ts';
import { type Operation, post, send } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printFigures } from '../table.ts';
import { fillTenants, LIST_TENANT } from '../tenants.ts';

const RUN =
  'runId automationId title status statusName context startTime stopTime occurredAt durationMs totalApiCalls';
const BLOCK = 'ordinal type blockName connectorId durationMs apiCalls rxBytes txBytes';

/** The list page: 20 runs with their 4 blocks each. */
export const LIST: Operation = {
  query: `query Runs($first: Int!) { automationRuns(first: $first) {
    nodes { ${RUN} blocks(first: 10) { nodes { ${BLOCK} } } } pageInfo { hasNextPage endCursor } } }`,
  variables: { first: 20 },
};

const POSTGRAPHILE_LIST: Operation = {
  query: `query Runs($first: Int!, $tenantId: String!) {
    automationRuns: allAutomationRuns(first: $first, condition: { tenantId: $tenantId }, orderBy: [OCCURRED_AT_DESC, RUN_ID_DESC]) {
      nodes { ${RUN} blocks: blockList(first: 10, orderBy: ORDINAL_ASC) { nodes { ${BLOCK} } } }
      pageInfo { hasNextPage endCursor } } }`,
  variables: { first: 20, tenantId: LIST_TENANT.tenantId },
};

const DOSE: Dose = { rounds: 5, turnMs: 3_000, atOnce: 8 };

/**
 * The list page against PostGraphile 5 on the same tables and against a bare server, on Node 20, on
 * the Node of the rivals, with row-level security, and by an earlier build (`startBefore`).
 */
export async function benchList({ url, pid }: BenchPostgres): Promise<void> {
  await fillTenants(url, [LIST_TENANT]);
  const before = await startBefore(url);
  const walled = { ROW_LEVEL_SECURITY: 'on' };
  const contenders: [Contender, Operation][] = [
    [await startService('service', url), LIST],
    [await startService('service, row-level security', url, process.execPath, walled), LIST],
    ...(before === undefined ? [] : [[before, LIST] satisfies [Contender, Operation]]),
    [await startService('service with tokens', url, process.execPath, { AUTH_JWT_SECRET: SECRET }), LIST],
    [await startService('service, Node 24', url, NEWER_NODE), LIST],
    [await startPostgraphile('PostGraphile', url), POSTGRAPHILE_LIST],
    [await startBare('bare', url), LIST],
  ];
  // Servers without tokens ignore the token.
  const token = await toToken({ tenantId: LIST_TENANT.tenantId, exp: inSeconds(24 * 3_600) });
  const headers = { 'x-tenant-id': LIST_TENANT.tenantId, authorization: `Bearer ${token}` };
  try {
    await checkSameRuns(contenders, headers);
    const subjects = contenders.map(([contender, operation]) => {
      const body = JSON.stringify(operation);
      return { name: contender.name, pid: contender.pid, run: () => send(contender.url, body, headers) };
    });
    printFigures('List of 20 runs with 4 blocks each', await measure(pid, subjects, DOSE), 'PostGraphile');
  } finally {
    for (const [contender] of contenders) await contender.stop();
  }
}

/**
 * A comparison of different answers would be none: all contenders give the same runs with the same
 * blocks.
 */
async function checkSameRuns(
  contenders: [Contender, Operation][],
  headers: Record<string, string>,
): Promise<void> {
  const answers = [];
  for (const [{ url }, operation] of contenders) {
    const data = (await post(url, operation, headers)) as {
      automationRuns: { nodes: Record<string, unknown>[] };
    };
    // Bigints as texts, times in another notation and enums by another name are the same values.
    answers.push(
      data.automationRuns.nodes.map(({ runId, blocks, durationMs }) => {
        const { nodes } = blocks as { nodes: Record<string, unknown>[] };
        return [
          runId,
          Number(durationMs),
          nodes.map((block) => [block.ordinal, block.connectorId, Number(block.rxBytes)]),
        ];
      }),
    );
  }
  for (const answer of answers) deepStrictEqual(answer, answers[0]);
}

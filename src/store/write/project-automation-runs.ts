import { sql } from 'drizzle-orm';
import type { Merged } from '../../domain/merge/merge.ts';
import type { RunFacts } from '../../domain/runs/automation-run.ts';
import { mergeAutomationRun } from '../../domain/runs/merge-automation-run.ts';
import { insertMany, toTextArray } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { readByKeys } from '../database/lookups.ts';
import { pipeline } from '../database/pipeline.ts';
import { runFixed } from '../database/statements.ts';
import { fromRunRow, toBlockRows, toRunRow } from '../tables/automation-run-row.ts';
import { automationRuns, blocks } from '../tables/projection-tables.ts';

/**
 * Merges facts about runs into the tables `automation_runs` and `blocks`. Returns the ids of
 * the automations whose runs changed, including automations that a run no longer belongs to.
 */
export async function projectAutomationRuns(
  transaction: Queries,
  tenantId: string,
  facts: ReadonlyMap<string, Merged<RunFacts>>,
): Promise<Set<string>> {
  if (facts.size === 0) return new Set();
  const known = await findRuns(transaction, tenantId, [...facts.keys()]);
  const merged = [...facts].map(([runId, run]): [string, Merged<RunFacts>] => {
    const before = known.get(runId);
    return [runId, before === undefined ? run : mergeAutomationRun(before, run)];
  });
  const rows = merged.map(([runId, run]) => toRunRow(tenantId, runId, run));
  await pipeline(
    insertMany(transaction, automationRuns, rows, { overwrite: ['tenantId', 'runId'] }),
    deleteBlocks(transaction, tenantId, [...known.keys()]),
    insertBlocks(transaction, tenantId, merged),
  );
  const automationIds = [...known.values(), ...facts.values()].map(({ values }) => values.automationId);
  return new Set(automationIds.filter((id) => id !== undefined));
}

async function findRuns(
  transaction: Queries,
  tenantId: string,
  runIds: string[],
): Promise<Map<string, Merged<RunFacts>>> {
  const rows = await readByKeys(transaction, automationRuns, automationRuns.runId, tenantId, runIds);
  return new Map(rows.map((row) => [row.runId, fromRunRow(row)]));
}

async function deleteBlocks(transaction: Queries, tenantId: string, runIds: string[]): Promise<void> {
  if (runIds.length === 0) return;
  await runFixed(
    transaction,
    sql`delete from blocks where tenant_id = ${tenantId} and run_id = any(${toTextArray(runIds)})`,
  );
}

async function insertBlocks(
  transaction: Queries,
  tenantId: string,
  runs: [string, Merged<RunFacts>][],
): Promise<void> {
  const rows = runs.flatMap(([runId, { values }]) => toBlockRows(tenantId, runId, values));
  if (rows.length > 0) await insertMany(transaction, blocks, rows);
}

import type { Merged } from '../../domain/merge/merge.ts';
import type { RunFacts } from '../../domain/runs/automation-run.ts';
import { toOccurredAt, toQueuedMs, toRunDurationMs } from '../../domain/runs/merge-automation-run.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/bulk.ts';
import { fromOriginsJson, toOriginsJson } from './origins-json.ts';
import { automationRuns, blocks } from './projection-tables.ts';
import { copyFromRow, copyToRow, listColumnsBut } from './same-columns.ts';

const COPIED = listColumnsBut(automationRuns, [
  ...(['tenantId', 'runId', 'titleKey', 'origins'] as const),
  ...(['status', 'statusName', 'context', 'contextName', 'metrics', 'blocks'] as const),
  ...(['occurredAt', 'durationMs', 'queuedMs'] as const),
]);

/** Converts a run to its row. */
export function toRunRow(
  tenantId: string,
  runId: string,
  { values, origins }: Merged<RunFacts>,
): WriteRow<typeof automationRuns> {
  return copyToRow(COPIED, values, {
    tenantId,
    runId,
    titleKey: values.title === undefined ? undefined : toCaseFolded(values.title),
    status: values.status?.word ?? 'UNKNOWN',
    statusName: values.status?.name,
    context: values.context?.word,
    contextName: values.context?.name,
    occurredAt: toOccurredAt(values),
    durationMs: toRunDurationMs(values),
    queuedMs: toQueuedMs(values),
    metrics: values.metrics && JSON.stringify(values.metrics),
    blocks: values.blocks && JSON.stringify(values.blocks),
    origins: toOriginsJson(origins),
  });
}

/** Converts the row of a run to mergeable values. */
export function fromRunRow(row: typeof automationRuns.$inferSelect): Merged<RunFacts> {
  const { status, statusName, context, contextName } = row;
  return {
    origins: fromOriginsJson(row.origins),
    values: {
      ...copyFromRow(COPIED, row),
      status: statusName === null ? undefined : { word: status, name: statusName },
      context: context === null || contextName === null ? undefined : { word: context, name: contextName },
      metrics: row.metrics ?? undefined,
      blocks: row.blocks ?? undefined,
    },
  };
}

const COPIED_OF_BLOCK = listColumnsBut(blocks, [
  ...(['tenantId', 'runId', 'runOccurredAt', 'automationId', 'blockNameKey', 'params'] as const),
]);

/** Converts the blocks of a run to rows of the table `blocks`. */
export function toBlockRows(tenantId: string, runId: string, run: RunFacts): WriteRow<typeof blocks>[] {
  const runOccurredAt = toOccurredAt(run);
  return (run.blocks ?? []).map((block) =>
    copyToRow(COPIED_OF_BLOCK, block, {
      tenantId,
      runId,
      runOccurredAt,
      automationId: run.automationId,
      blockNameKey: block.blockName === undefined ? undefined : toCaseFolded(block.blockName),
      params: block.params && JSON.stringify(block.params),
    }),
  );
}

import type { Merged } from '../../domain/merge/merge.ts';
import type { RunFacts } from '../../domain/runs/automation-run.ts';
import { toOccurredAt, toQueuedMs, toRunDurationMs } from '../../domain/runs/merge-automation-run.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/bulk.ts';
import { fromOriginsJson, toOriginsJson } from './origins-json.ts';
import type { automationRuns, blocks } from './projection-tables.ts';

type RunRow = typeof automationRuns.$inferSelect;

/**
 * Converts a run to its row. The fields are listed one by one because spreading costs ten times as
 * much CPU, and runs are the most frequent rows.
 */
export function toRunRow(
  tenantId: string,
  runId: string,
  { values, origins }: Merged<RunFacts>,
): WriteRow<typeof automationRuns> {
  return {
    tenantId,
    runId,
    automationId: values.automationId,
    title: values.title,
    titleKey: values.title === undefined ? undefined : toCaseFolded(values.title),
    status: values.status?.word ?? 'UNKNOWN',
    statusName: values.status?.name,
    context: values.context?.word,
    contextName: values.context?.name,
    billable: values.billable,
    isTestRun: values.isTestRun,
    isArchived: values.isArchived,
    executedById: values.executedById,
    ownerId: values.ownerId,
    spaceId: values.spaceId,
    createdAt: values.createdAt,
    scheduledStartTime: values.scheduledStartTime,
    startTime: values.startTime,
    stopTime: values.stopTime,
    updatedAt: values.updatedAt,
    occurredAt: toOccurredAt(values),
    durationMs: toRunDurationMs(values),
    queuedMs: toQueuedMs(values),
    rxBytes: values.rxBytes,
    txBytes: values.txBytes,
    totalApiCalls: values.totalApiCalls,
    metrics: values.metrics && JSON.stringify(values.metrics),
    blocks: values.blocks && JSON.stringify(values.blocks),
    lastEventAt: values.lastEventAt,
    origins: toOriginsJson(origins),
  };
}

/** Converts the row of a run to mergeable values. */
export function fromRunRow(row: RunRow): Merged<RunFacts> {
  return {
    origins: fromOriginsJson(row.origins),
    values: {
      automationId: row.automationId ?? undefined,
      title: row.title ?? undefined,
      status: row.statusName === null ? undefined : { word: row.status, name: row.statusName },
      context:
        row.context === null || row.contextName === null
          ? undefined
          : { word: row.context, name: row.contextName },
      billable: row.billable ?? undefined,
      isTestRun: row.isTestRun ?? undefined,
      isArchived: row.isArchived ?? undefined,
      executedById: row.executedById ?? undefined,
      ownerId: row.ownerId ?? undefined,
      spaceId: row.spaceId ?? undefined,
      createdAt: row.createdAt ?? undefined,
      scheduledStartTime: row.scheduledStartTime ?? undefined,
      startTime: row.startTime ?? undefined,
      stopTime: row.stopTime ?? undefined,
      updatedAt: row.updatedAt ?? undefined,
      rxBytes: row.rxBytes ?? undefined,
      txBytes: row.txBytes ?? undefined,
      totalApiCalls: row.totalApiCalls ?? undefined,
      metrics: row.metrics ?? undefined,
      blocks: row.blocks ?? undefined,
      lastEventAt: row.lastEventAt,
    },
  };
}

/** Converts the blocks of a run to rows of the table `blocks`. */
export function toBlockRows(tenantId: string, runId: string, run: RunFacts): WriteRow<typeof blocks>[] {
  const runOccurredAt = toOccurredAt(run);
  return (run.blocks ?? []).map((block) => ({
    tenantId,
    runId,
    ordinal: block.ordinal,
    runOccurredAt,
    automationId: run.automationId,
    type: block.type,
    typeName: block.typeName,
    blockName: block.blockName,
    blockNameKey: block.blockName === undefined ? undefined : toCaseFolded(block.blockName),
    params: block.params && JSON.stringify(block.params),
    rxBytes: block.rxBytes,
    txBytes: block.txBytes,
    apiCalls: block.apiCalls,
    durationMs: block.durationMs,
    snippetId: block.snippetId,
    endpointId: block.endpointId,
    connectorId: block.connectorId,
  }));
}

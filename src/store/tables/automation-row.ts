import type { Merged } from '../../domain/merge/merge.ts';
import type { AutomationState } from '../../domain/runs/merge-automation.ts';
import type { Instant } from '../../domain/values/instant.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import type { WriteRow } from '../database/bulk.ts';
import { fromOriginsJson, toOriginsJson } from './origins-json.ts';
import type { automations } from './projection-tables.ts';

/**
 * Converts an automation to its row. `lastRunAt` is the time of its newest run; an automation
 * without runs has the time of its newest event instead.
 */
export function toAutomationRow(
  tenantId: string,
  automationId: string,
  { values, origins }: Merged<AutomationState>,
  lastRunAt: Instant | undefined,
): WriteRow<typeof automations> {
  return {
    tenantId,
    automationId,
    name: values.name,
    nameKey: values.name === undefined ? undefined : toCaseFolded(values.name),
    lastRunAt: lastRunAt ?? values.lastEventAt,
    lastEventAt: values.lastEventAt,
    origins: toOriginsJson(origins),
  };
}

/** Converts the row of an automation to mergeable values. */
export function fromAutomationRow({
  name,
  lastEventAt,
  origins,
}: Pick<typeof automations.$inferSelect, 'name' | 'lastEventAt' | 'origins'>): Merged<AutomationState> {
  return { values: { name: name ?? undefined, lastEventAt }, origins: fromOriginsJson(origins) };
}

import type { Instant } from '../domain/instant.ts';
import type { Merged } from '../domain/merge.ts';
import type { AutomationState } from '../domain/merge-automation.ts';
import { toCaseFolded } from '../domain/text.ts';
import { fromOriginsJson, toOriginsJson } from './origins-json.ts';
import type { automations } from './projection-tables.ts';
import type { WriteRow } from './recordset.ts';

/** An automation as its row. When it last ran is told by its runs, where there are any. */
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

/** What an automation's row says, for merging. */
export function fromAutomationRow({
  name,
  lastEventAt,
  origins,
}: Pick<typeof automations.$inferSelect, 'name' | 'lastEventAt' | 'origins'>): Merged<AutomationState> {
  return { values: { name: name ?? undefined, lastEventAt }, origins: fromOriginsJson(origins) };
}

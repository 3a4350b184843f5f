import { sql } from 'drizzle-orm';
import type { Merged } from '../../domain/merge/merge.ts';
import { type AutomationState, mergeAutomation } from '../../domain/runs/merge-automation.ts';
import type { Instant } from '../../domain/values/instant.ts';
import { insertMany, toArrayText } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { hide, isOfTenant } from '../database/lookups.ts';
import { runFixed } from '../database/statements.ts';
import { fromAutomationRow, toAutomationRow } from '../tables/automation-row.ts';
import { toInstantFromText } from '../tables/columns.ts';
import type { StoredOrigins } from '../tables/origins-json.ts';
import { automationRuns, automations } from '../tables/projection-tables.ts';

interface KnownAutomation {
  state: Merged<AutomationState> | undefined;
  lastRunAt: Instant | undefined;
}

/**
 * Merges facts about automations, and reads again when each of them last ran. A run may move
 * back in time when an event brings its start, so a stored maximum would depend on the order
 * of arrival. The caller writes the runs first.
 */
export async function projectAutomations(
  transaction: Queries,
  tenantId: string,
  facts: ReadonlyMap<string, Merged<AutomationState>>,
  changedIds: ReadonlySet<string>,
): Promise<void> {
  const ids = new Set([...facts.keys(), ...changedIds]);
  if (ids.size === 0) return;
  const known = await findKnown(transaction, tenantId, ids);
  const rows = [...ids].flatMap((id) => {
    const { state: before, lastRunAt } = known.get(id) ?? { state: undefined, lastRunAt: undefined };
    const next = facts.get(id);
    const state = before && next ? mergeAutomation(before, next) : (before ?? next);
    return state === undefined ? [] : [toAutomationRow(tenantId, id, state, lastRunAt)];
  });
  await insertMany(transaction, automations, rows, { overwrite: ['tenantId', 'automationId'] });
}

async function findKnown(
  transaction: Queries,
  tenantId: string,
  ids: Iterable<string>,
): Promise<Map<string, KnownAutomation>> {
  const rows = await runFixed(
    transaction,
    sql`select i.id, a.name, a.last_event_at::text, a.origins, r.last_run_at::text
        from unnest(${hide(toArrayText([...ids]), 'text[]')}) as i(id)
        left join lateral (
          select * from ${automations}
          where ${isOfTenant(automations.tenantId, tenantId)} and automation_id = i.id offset 0) a on true
        left join lateral (
          select max(occurred_at) as last_run_at from ${automationRuns}
          where ${isOfTenant(automationRuns.tenantId, tenantId)} and automation_id = i.id) r on true`,
  );
  return new Map(rows.map((row) => [String(row.id), toKnown(row)]));
}

function toKnown(row: Record<string, unknown>): KnownAutomation {
  const toInstant = (value: unknown) => (typeof value === 'string' ? toInstantFromText(value) : undefined);
  const lastEventAt = toInstant(row.last_event_at);
  const name = typeof row.name === 'string' ? row.name : null;
  const origins = row.origins as StoredOrigins;
  return {
    lastRunAt: toInstant(row.last_run_at),
    state: lastEventAt && fromAutomationRow({ name, lastEventAt, origins }),
  };
}

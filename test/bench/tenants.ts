import { openDatabase } from '../../src/store/database/open-database.ts';
import { fillTenant } from './fill-tenant.ts';
import type { TenantPlan } from './generate-events.ts';

/** The tenant of the list benchmark: every run has 4 blocks. */
export const LIST_TENANT = toPlan('list', 10_000, { blocksPerRun: 4 });

/** A tenant with so many runs over 90 days, 1 to 30 blocks each. */
export function toPlan(tenantId: string, runs: number, changes: Partial<TenantPlan> = {}): TenantPlan {
  return {
    tenantId,
    seed: 1,
    runs,
    automations: 200,
    connectors: 40,
    apps: 300,
    reloads: Math.round(runs / 10),
    days: 90,
    until: Date.UTC(2026, 10, 1),
    ...changes,
  };
}

/**
 * Fills the tenants that are not there yet, telling how far it is, and lets the planner know what
 * there is.
 */
export async function fillTenants(url: string, plans: readonly TenantPlan[]): Promise<void> {
  const database = await openDatabase({ databaseUrl: url, dataDir: '' });
  for (const plan of plans) {
    let told = 0;
    await fillTenant(database, plan, (events) => {
      if (events - told < 100_000) return;
      told = events;
      process.stderr.write(`  ${plan.tenantId}: ${events} events\n`);
    });
  }
  await database[Symbol.asyncDispose]();
}

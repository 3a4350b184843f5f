import DataLoader from 'dataloader';
import type { TenantDatabase, TenantDatabases } from '../store/database/database.ts';
import { findAppReloads, findLastReloads } from '../store/read/app-reloads.ts';
import { findApps } from '../store/read/apps.ts';
import { findAutomationRuns, findLastRuns } from '../store/read/automation-runs.ts';
import { findAutomationNames, findAutomations } from '../store/read/automations.ts';
import { findEventBodies, findEvents, findNamedEvents, toEventName } from '../store/read/events.ts';
import { findNames, toNameKey } from '../store/read/names.ts';
import { findQuarantined } from '../store/read/quarantine.ts';

/** The key of a row: its tenant, and its id within the tenant. */
export interface RowKey<Id extends string | number> {
  tenantId: string;
  id: Id;
}

type Find<Id, Row> = (database: TenantDatabase, ids: readonly Id[]) => Promise<Row[]>;

/**
 * Creates a loader that batches the lookups of one turn of the event loop into one statement per
 * tenant. It caches nothing, so a long-lived subscription never reads stale rows.
 */
function createLoader<Id extends string | number, Row>(
  databases: TenantDatabases,
  find: Find<Id, Row>,
  toId: (row: Row) => Id | null,
): DataLoader<RowKey<Id>, Row | undefined> {
  const batch = async (keys: readonly RowKey<Id>[]) => {
    const rows = new Map<string, Row>();
    const tenantIds = new Set(keys.map(({ tenantId }) => tenantId));
    for (const tenantId of tenantIds) {
      const ids = new Set(keys.filter((key) => key.tenantId === tenantId).map(({ id }) => id));
      const found = await find(databases.forTenant(tenantId), [...ids]);
      for (const row of found) rows.set(`${tenantId}\n${toId(row)}`, row);
    }
    return keys.map(({ tenantId, id }) => rows.get(`${tenantId}\n${id}`));
  };
  return new DataLoader(batch, { cache: false });
}

/** Creates the lookups by key that all resolvers of a request share. */
export function createLoaders(databases: TenantDatabases) {
  return {
    run: createLoader(databases, findAutomationRuns, (run) => run.runId),
    lastRun: createLoader(databases, findLastRuns, (run) => run.automationId),
    automation: createLoader(databases, findAutomations, (automation) => automation.automationId),
    automationName: createLoader(databases, findAutomationNames, ({ automationId }) => automationId),
    name: createLoader(databases, findNames, ({ kind, id }) => toNameKey(kind, id)),
    app: createLoader(databases, findApps, (app) => app.appId),
    reload: createLoader(databases, findAppReloads, (reload) => reload.reloadKey),
    lastReload: createLoader(databases, findLastReloads, (reload) => reload.appId),
    event: createLoader(databases, findEvents, (event) => event.position),
    eventBody: createLoader(databases, findEventBodies, (event) => event.position),
    quarantined: createLoader(databases, findQuarantined, (item) => item.itemKey),
    namedEvent: createLoader(databases, findNamedEvents, ({ eventKey, typeKey }) =>
      toEventName(eventKey, typeKey),
    ),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;

import DataLoader from 'dataloader';
import type { TenantDatabase, TenantDatabases } from '../store/database/database.ts';
import { findAppReloads, findLastReloads } from '../store/read/app-reloads.ts';
import { findApps } from '../store/read/apps.ts';
import { findAutomationRuns, findLastRuns } from '../store/read/automation-runs.ts';
import { findAutomations } from '../store/read/automations.ts';
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
 * Defines a loader that batches the lookups of one turn of the event loop into one statement per
 * tenant. It caches nothing, so a long-lived subscription never reads stale rows.
 */
const define =
  <Id extends string | number, Row>(find: Find<Id, Row>, toId: (row: Row) => Id | null) =>
  (databases: TenantDatabases): DataLoader<RowKey<Id>, Row | undefined> => {
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
  };

const LOADERS = {
  run: define(findAutomationRuns, (run) => run.runId),
  lastRun: define(findLastRuns, (run) => run.automationId),
  automation: define(findAutomations, (automation) => automation.automationId),
  name: define(findNames, ({ kind, id }) => toNameKey(kind, id)),
  app: define(findApps, (app) => app.appId),
  reload: define(findAppReloads, (reload) => reload.reloadKey),
  lastReload: define(findLastReloads, (reload) => reload.appId),
  event: define(findEvents, (event) => event.position),
  eventBody: define(findEventBodies, (event) => event.position),
  quarantined: define(findQuarantined, (item) => item.itemKey),
  namedEvent: define(findNamedEvents, ({ eventKey, typeKey }) => toEventName(eventKey, typeKey)),
};

/** The lookups by key that all resolvers of a request share. */
export type Loaders = { readonly [Name in keyof typeof LOADERS]: ReturnType<(typeof LOADERS)[Name]> };

/** Creates each loader when it is first used: most requests use one or none of them. */
class LazyLoaders {
  readonly databases: TenantDatabases;

  constructor(databases: TenantDatabases) {
    this.databases = databases;
  }
}

for (const [name, create] of Object.entries(LOADERS)) {
  Object.defineProperty(LazyLoaders.prototype, name, {
    get(this: LazyLoaders) {
      const value = create(this.databases);
      Object.defineProperty(this, name, { value });
      return value;
    },
  });
}

/** Creates the lookups of a request. */
export function createLoaders(databases: TenantDatabases): Loaders {
  return new LazyLoaders(databases) as LazyLoaders & Loaders;
}

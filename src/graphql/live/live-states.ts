import { Semaphore } from '../../domain/semaphore.ts';
import type { Feed } from '../../feed/open-feed.ts';
import type { TenantDatabases } from '../../store/database/database.ts';
import { type AppReloadRecord, reloadReader } from '../../store/read/app-reloads.ts';
import { type AppRecord, appReader } from '../../store/read/apps.ts';
import { type AutomationRunRecord, runReader } from '../../store/read/automation-runs.ts';
import { eventMatching } from '../../store/read/events.ts';
import type { AppDelivery, EventDelivery, ReloadDelivery, RunDelivery } from './delivery.ts';
import { SharedStates } from './shared-states.ts';

/** The rows and filter matches that the subscriptions of a server share, by subject. */
export interface LiveStates {
  events: SharedStates<object, EventDelivery>;
  runs: SharedStates<AutomationRunRecord, RunDelivery>;
  apps: SharedStates<AppRecord, AppDelivery>;
  reloads: SharedStates<AppReloadRecord, ReloadDelivery>;
}

/** Concurrent statements for heavy filters, over all subscriptions of the server. */
const MAX_HEAVY_STATEMENTS = 2;

/** Creates the shared states of a server. */
export function createLiveStates(databases: TenantDatabases, feed: Feed): LiveStates {
  const source = {
    databases,
    headOf: (tenantId: string) => feed.headOf(tenantId),
    heavyStatements: new Semaphore(MAX_HEAVY_STATEMENTS),
  };
  return {
    events: new SharedStates(source, eventMatching.matchTable, (event) => ({ event })),
    runs: new SharedStates(source, runReader.matchTable, (event, run) => ({
      event,
      runId: event.runId ?? '',
      ...(run && { run }),
    })),
    apps: new SharedStates(source, appReader.matchTable, (event, app) => ({
      event,
      appId: event.appId ?? '',
      ...(app && { app }),
    })),
    reloads: new SharedStates(source, reloadReader.matchTable, (event, reload) => ({
      event,
      ...(reload && { reload }),
    })),
  };
}

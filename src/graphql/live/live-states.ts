import { Semaphore } from '../../domain/semaphore.ts';
import type { Feed } from '../../feed/open-feed.ts';
import type { Database } from '../../store/database/database.ts';
import { type AppReloadRecord, judgedReloads } from '../../store/read/app-reloads.ts';
import { type AppRecord, judgedApps } from '../../store/read/apps.ts';
import { type AutomationRunRecord, judgedRuns } from '../../store/read/automation-runs.ts';
import { judgedEvents } from '../../store/read/events.ts';
import type { AppDelivery, EventDelivery, ReloadDelivery, RunDelivery } from './delivery.ts';
import { SharedStates } from './shared-states.ts';

/** What the subscriptions of a server share. */
export interface LiveStates {
  events: SharedStates<object, EventDelivery>;
  runs: SharedStates<AutomationRunRecord, RunDelivery>;
  apps: SharedStates<AppRecord, AppDelivery>;
  reloads: SharedStates<AppReloadRecord, ReloadDelivery>;
}

/** Statements for heavy filters at once, of all subscriptions of the server. */
const HEAVY_AT_ONCE = 2;

export function createLiveStates(database: Database, feed: Feed): LiveStates {
  const source = {
    database,
    headOf: (tenantId: string) => feed.headOf(tenantId),
    turns: new Semaphore(HEAVY_AT_ONCE),
  };
  return {
    events: new SharedStates(source, judgedEvents, (event) => ({ event })),
    runs: new SharedStates(source, judgedRuns, (event, run) => ({
      event,
      runId: event.runId ?? '',
      ...(run && { run }),
    })),
    apps: new SharedStates(source, judgedApps, (event, app) => ({
      event,
      appId: event.appId ?? '',
      ...(app && { app }),
    })),
    reloads: new SharedStates(source, judgedReloads, (event, reload) => ({
      event,
      ...(reload && { reload }),
    })),
  };
}

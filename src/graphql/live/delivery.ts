import type { AppReloadRecord } from '../../store/read/app-reloads.ts';
import type { AppRecord } from '../../store/read/apps.ts';
import type { AutomationRunRecord } from '../../store/read/automation-runs.ts';
import type { EventRecord } from '../../store/read/events.ts';

/** An event on its way to subscribers. */
export interface EventDelivery {
  event: EventRecord;
}

/** An event with the id of its run. `run` is set if the filter or the document needs the row. */
export interface RunDelivery extends EventDelivery {
  runId: string;
  run?: AutomationRunRecord;
}

export interface AppDelivery extends EventDelivery {
  appId: string;
  app?: AppRecord;
}

export interface ReloadDelivery extends EventDelivery {
  reload?: AppReloadRecord;
}

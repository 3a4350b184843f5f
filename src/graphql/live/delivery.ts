import type { AppReloadRecord } from '../../store/read/app-reloads.ts';
import type { AppRecord } from '../../store/read/apps.ts';
import type { AutomationRunRecord } from '../../store/read/automation-runs.ts';
import type { EventRecord } from '../../store/read/events.ts';

/** An event that is delivered. */
export interface EventDelivery {
  event: EventRecord;
}

/** An event and what it is about, as far as it had to be read to choose it. */
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

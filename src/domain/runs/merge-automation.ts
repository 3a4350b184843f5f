import { type Merged, mergeFacts, preferLater } from '../merge/merge.ts';
import type { Instant } from '../values/instant.ts';

/** What the events themselves say of an automation; when it last ran is told by its runs. */
export interface AutomationState {
  name: string | undefined;
  lastEventAt: Instant;
}

/** What the events say of one automation. */
export function mergeAutomation(
  a: Merged<AutomationState>,
  b: Merged<AutomationState>,
): Merged<AutomationState> {
  return mergeFacts(a, b, { lastEventAt: preferLater });
}

import { type Merged, mergeFacts, preferLater } from '../merge/merge.ts';
import type { Instant } from '../values/instant.ts';

/** The facts of events about an automation. The time of its last run comes from its runs. */
export interface AutomationState {
  name: string | undefined;
  lastEventAt: Instant;
}

/** Merges facts about one automation. */
export function mergeAutomation(
  a: Merged<AutomationState>,
  b: Merged<AutomationState>,
): Merged<AutomationState> {
  return mergeFacts(a, b, { lastEventAt: preferLater });
}

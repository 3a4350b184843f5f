import { type Merged, mergeFacts, type Precedences, preferLater } from '../merge/merge.ts';
import { type Instant, toDurationMs } from '../values/instant.ts';
import { isFinalStatus, type RunFacts, type RunMetrics } from './automation-run.ts';

const PRECEDENCES: Precedences<RunFacts> = {
  status: (next, current) => Number(isFinalStatus(next.word)) - Number(isFinalStatus(current.word)),
  metrics: (next, current) => Number(hasValues(next)) - Number(hasValues(current)),
  lastEventAt: preferLater,
};

/** Returns whether metrics contain a value. Metrics without one must not replace others. */
function hasValues({ rxBytes, txBytes, totalApiCalls, blocks }: RunMetrics): boolean {
  return blocks.length > 0 || [rxBytes, txBytes, totalApiCalls].some((value) => value !== undefined);
}

/** Merges facts about one run. A non-final status never replaces a final one. */
export function mergeAutomationRun(a: Merged<RunFacts>, b: Merged<RunFacts>): Merged<RunFacts> {
  return mergeFacts(a, b, PRECEDENCES);
}

/** Returns startTime, else createdAt, else stopTime, else the newest event's time. */
export function toOccurredAt(run: RunFacts): Instant {
  return run.startTime ?? run.createdAt ?? run.stopTime ?? run.lastEventAt;
}

/** Returns the milliseconds from start to stop. */
export function toRunDurationMs(run: RunFacts): number | undefined {
  return toDurationMs(run.startTime, run.stopTime);
}

/** Returns the milliseconds from creation to start. */
export function toQueuedMs(run: RunFacts): number | undefined {
  return toDurationMs(run.createdAt, run.startTime);
}

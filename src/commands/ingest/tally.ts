import { OUTCOMES, type Receipt } from './post-events.ts';

/** How many items came out how. */
export type Tally = Record<Receipt['outcome'], number>;

export function toTally(): Tally {
  return { STORED: 0, DUPLICATE: 0, CONFLICT: 0, QUARANTINED: 0, REJECTED: 0 };
}

/** Adds a tally, or an item of an outcome, to another one. */
export function addTo(sum: Tally, more: Tally): void {
  for (const outcome of OUTCOMES) sum[outcome] += more[outcome];
}

/** All items of a tally. */
export function countAll(tally: Tally): number {
  return OUTCOMES.reduce((sum, outcome) => sum + tally[outcome], 0);
}

/** Those that are not in the log: a conflict's content is in quarantine, as something else stands in its place. */
export function countFailed({ CONFLICT, QUARANTINED, REJECTED }: Tally): number {
  return CONFLICT + QUARANTINED + REJECTED;
}

import type { Position } from '../spool/segments.ts';

const MOST_FAULTS = 10;
/** So many suspects are repeated at a time, the oldest ones. The others wait. */
const MOST_REPEATED = 32;
/** After so many new suspects in a row, further events are sent one by one, as probes. */
const MOST_IN_ROW = 8;

/** How long suspects and probes wait. */
export interface Pauses {
  /** Before a suspect is sent again. Doubles after each failure, up to `longestMs`. */
  firstMs: number;
  longestMs: number;
  /** The longest pause while the service fails for everything. */
  brokenMs: number;
  /** The pause before a probe, for each suspect in the row; at most `brokenMs`. */
  probeStepMs: number;
}

export const PAUSES: Pauses = { firstMs: 250, longestMs: 1_000, brokenMs: 5_000, probeStepMs: 25 };

/** An event that failed alone. Instants are those of `performance.now()`. */
export interface Suspect {
  /** Its place in the spool. The event is read again for each attempt, so memory stays flat. */
  readonly start: Position;
  attempts: number;
  /** Attempts that failed while other events passed. */
  faults: number;
  /** The number of events that had passed at the last attempt. */
  passed: number;
  dueAt: number;
}

/** The suspects of a sender (send-spool.ts), and when each is sent again. */
export class Suspects {
  readonly #pauses: Pauses;
  /** In order of arrival. */
  #all: Suspect[] = [];
  /** The number of events that have passed. */
  #passed = 0;
  /** The number of suspects added since an event passed. */
  #inRow = 0;
  #probeAt = 0;

  constructor(pauses: Pauses) {
    this.#pauses = pauses;
  }

  get first(): Suspect | undefined {
    return this.#all[0];
  }

  /** When the next event that is no suspect may be sent. */
  get probeAt(): number {
    return this.#probeAt;
  }

  /** The suspect that is due first. */
  get next(): Suspect | undefined {
    const [first, ...others] = this.#all.slice(0, MOST_REPEATED);
    return first && others.reduce((least, one) => (one.dueAt < least.dueAt ? one : least), first);
  }

  /** Records that events have passed. */
  recordPassed(count: number): void {
    this.#passed += count;
    this.#inRow = 0;
    this.#probeAt = 0;
  }

  /** Adds an event that has failed alone once, and that is behind all others. */
  add(start: Position): void {
    const now = performance.now();
    const { firstMs, brokenMs, probeStepMs } = this.#pauses;
    this.#all.push({ start, attempts: 1, faults: 1, passed: this.#passed, dueAt: now + firstMs });
    this.#inRow += 1;
    if (this.#inRow < MOST_IN_ROW) return;
    this.#probeAt = now + Math.min(brokenMs, probeStepMs * this.#inRow);
  }

  /** Records a further failure. Returns whether the event has to be rejected. */
  recordFailure(suspect: Suspect, isServiceBroken: boolean): boolean {
    suspect.attempts += 1;
    if (this.#passed > suspect.passed) suspect.faults += 1;
    suspect.passed = this.#passed;
    const { firstMs, longestMs, brokenMs } = this.#pauses;
    const mostMs = isServiceBroken ? brokenMs : longestMs;
    suspect.dueAt = performance.now() + Math.min(mostMs, firstMs * 2 ** (suspect.attempts - 1));
    return suspect.faults >= MOST_FAULTS;
  }

  remove(suspect: Suspect): void {
    const index = this.#all.indexOf(suspect);
    if (index >= 0) this.#all.splice(index, 1);
  }
}

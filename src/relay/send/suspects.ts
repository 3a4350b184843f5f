import type { Position } from '../spool/segments.ts';

const MOST_FAULTS = 10;
/** The number of suspects that are repeated at a time, the oldest ones. The others wait. */
const MOST_REPEATED = 32;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;
const BROKEN_PAUSE_MS = 5_000;
/** After so many new suspects in a row, further events are sent one by one, as probes. */
const MOST_IN_ROW = 8;
/** The pause before a probe, for each suspect in the row; at most BROKEN_PAUSE_MS. */
const PROBE_STEP_MS = 25;

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

/**
 * The suspects of a sender (send-spool.ts), and when each is sent again. `pace` multiplies every
 * pause: a test passes less than 1.
 */
export class Suspects {
  readonly #pace: number;
  /** In order of arrival. */
  #all: Suspect[] = [];
  /** The number of events that have passed. */
  #passed = 0;
  /** The number of suspects added since an event passed. */
  #inRow = 0;
  #probeAt = 0;

  constructor(pace: number) {
    this.#pace = pace;
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
    const dueAt = now + this.#pace * FIRST_PAUSE_MS;
    this.#all.push({ start, attempts: 1, faults: 1, passed: this.#passed, dueAt });
    this.#inRow += 1;
    if (this.#inRow < MOST_IN_ROW) return;
    this.#probeAt = now + this.#pace * Math.min(BROKEN_PAUSE_MS, PROBE_STEP_MS * this.#inRow);
  }

  /** Records a further failure. Returns whether the event has to be rejected. */
  recordFailure(suspect: Suspect, isServiceBroken: boolean): boolean {
    suspect.attempts += 1;
    if (this.#passed > suspect.passed) suspect.faults += 1;
    suspect.passed = this.#passed;
    const longestMs = isServiceBroken ? BROKEN_PAUSE_MS : LONGEST_PAUSE_MS;
    const pauseMs = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (suspect.attempts - 1));
    suspect.dueAt = performance.now() + this.#pace * pauseMs;
    return suspect.faults >= MOST_FAULTS;
  }

  remove(suspect: Suspect): void {
    const index = this.#all.indexOf(suspect);
    if (index >= 0) this.#all.splice(index, 1);
  }
}

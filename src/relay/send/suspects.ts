import type { Entry } from '../spool/read-segment.ts';

const MOST_FAULTS = 10;
const MOST_SUSPECTS = 8;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;
const BROKEN_PAUSE_MS = 5_000;

/** An event that failed alone. */
export interface Suspect {
  readonly entry: Entry;
  attempts: number;
  /** Attempts that failed while other events passed. */
  faults: number;
  /** The number of events that had passed at the last attempt. */
  passed: number;
  dueAt: number;
}

/** The suspects of a sender (send-spool.ts), and when each is sent again. */
export class Suspects {
  #all: Suspect[] = [];

  /** Whether nothing but suspects is sent. */
  get isFull(): boolean {
    return this.#all.length >= MOST_SUSPECTS;
  }

  get entries(): Entry[] {
    return this.#all.map(({ entry }) => entry);
  }

  /** When the next one is due, on the clock of `performance.now()`; Infinity without any. */
  get nextDueAt(): number {
    return Math.min(...this.#all.map(({ dueAt }) => dueAt));
  }

  findDue(): Suspect | undefined {
    const now = performance.now();
    return this.#all.find(({ dueAt }) => dueAt <= now);
  }

  /** Adds an event that has failed alone once. `passed` counts the events that have passed. */
  add(entry: Entry, passed: number): void {
    const dueAt = performance.now() + FIRST_PAUSE_MS;
    this.#all.push({ entry, attempts: 1, faults: 1, passed, dueAt });
  }

  /** Records a further failure. Returns whether the event has to be rejected. */
  recordFailure(suspect: Suspect, passed: number, isServiceBroken: boolean): boolean {
    suspect.attempts += 1;
    if (passed > suspect.passed) suspect.faults += 1;
    suspect.passed = passed;
    const longestMs = isServiceBroken ? BROKEN_PAUSE_MS : LONGEST_PAUSE_MS;
    suspect.dueAt = performance.now() + Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (suspect.attempts - 1));
    return suspect.faults >= MOST_FAULTS;
  }

  remove(suspect: Suspect): void {
    this.#all = this.#all.filter((other) => other !== suspect);
  }
}

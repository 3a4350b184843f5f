import { randomInt } from 'node:crypto';

import { Random } from '../../src/commands/demo/history/random.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { IS_FULL } from '../support/run/dose.ts';

/** What a scenario works with. */
export interface Fault {
  /** How many faults to make. */
  times: number;
  seed: number;
  /** Numbers for the faults themselves. */
  random: Random;
  /** Milliseconds until the relay continued without a fault: the speed of the machine. */
  calm: number[];
  /** The same after each fault, from its end. */
  recoveries: number[];
  /** Shows figures once the scenario is over. */
  show(figures: Record<string, unknown>): void;
}

/**
 * A test that makes faults. Its random decisions follow from a seed, which the test prints.
 * FAULT_SEED sets it. The same seed gives the same sequence of events, batches and faults, but not
 * the same moments. In `npm test` neighbours that are `concurrent` run beside each other.
 */
export function faultTest(
  title: string,
  { concurrent = false, ...dose }: { short: number; full: number; concurrent?: boolean },
  scenario: (fault: Fault) => Promise<void>,
): void {
  const times = IS_FULL ? dose.full : dose.short;
  const options = { timeout: IS_FULL ? 1_800_000 : 120_000, concurrent: concurrent && !IS_FULL };
  concurrentTest(`${title} (${times} times)`, options, async () => {
    const given = process.env.FAULT_SEED;
    const seed = given === undefined ? randomInt(1_000_000_000) : Number(given);
    const calm: number[] = [];
    const recoveries: number[] = [];
    let figures: Record<string, unknown> = {};
    const show = (more: Record<string, unknown>) => {
      figures = { ...figures, ...more };
    };
    try {
      await scenario({ times, seed, random: new Random(seed), calm, recoveries, show });
    } finally {
      const told = { times, calm: toSpan(calm), recovery: toSpan(recoveries), ...figures };
      console.info(`${title}: FAULT_SEED=${seed} ${JSON.stringify(told)}`);
    }
  });
}

/** The median and the longest, in ms. */
function toSpan(times: readonly number[]): string {
  const sorted = times.map(Math.round).toSorted((a, b) => a - b);
  return sorted.length === 0 ? 'none' : `${sorted[(sorted.length - 1) >> 1]} to ${sorted.at(-1)} ms`;
}

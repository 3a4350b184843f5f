import { randomInt } from 'node:crypto';
import { test } from 'vitest';
import { Random } from '../bench/random.ts';
import { IS_FULL } from '../support/dose.ts';

/** What a scenario works with. */
export interface Fault {
  /** How many faults to make. */
  times: number;
  seed: number;
  /** Numbers for the faults themselves. */
  random: Random;
  /** How long it took to go on where nothing was wrong, in milliseconds: what the machine has to spare. */
  calm: number[];
  /** The same after each fault, from its end. */
  recoveries: number[];
  /** Shows figures once the scenario is over. */
  show(figures: Record<string, unknown>): void;
}

/**
 * A test that makes faults. What is decided at random follows from a seed, which is shown; FAULT_SEED gives it. The sequence of events,
 * batches and faults is the same for the same seed; when they meet is not.
 */
export function faultTest(
  title: string,
  dose: { short: number; full: number },
  scenario: (fault: Fault) => Promise<void>,
): void {
  const times = IS_FULL ? dose.full : dose.short;
  test(`${title} (${times} times)`, { timeout: IS_FULL ? 1_800_000 : 120_000 }, async () => {
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

import { randomInt } from 'node:crypto';
import { test } from 'vitest';
import { Random } from '../bench/random.ts';

/** `npm run test:faults` gives the full dose, `npm test` a short one. */
export const IS_FULL = process.env.FAULTS === 'full';
/** After the end of a fault everything goes on within this: asked for beside other suites, on a busy machine. */
export const RECOVERY_MS = 10_000;

/** What a scenario works with. */
export interface Fault {
  /** How many faults to make. */
  times: number;
  seed: number;
  /** Numbers for the faults themselves. */
  random: Random;
  /** How long it took to go on after each fault, in milliseconds. */
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
    const recoveries: number[] = [];
    let figures: Record<string, unknown> = {};
    const show = (more: Record<string, unknown>) => {
      figures = { ...figures, ...more };
    };
    try {
      await scenario({ times, seed, random: new Random(seed), recoveries, show });
    } finally {
      const sorted = recoveries.map(Math.round).toSorted((a, b) => a - b);
      const recovery = { median: sorted[sorted.length >> 1], longest: sorted.at(-1) };
      console.info(`${title}: FAULT_SEED=${seed} ${JSON.stringify({ times, recovery, ...figures })}`);
    }
  });
}

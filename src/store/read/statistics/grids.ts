import type { Period } from './clock.ts';

/** A time in which minutes or hours follow one another without a cut. */
export interface Grid {
  startMs: number;
  /** How long after a full minute or hour of UTC they start. */
  phaseMs: number;
}

/** Returns the grids of a clock, oldest first. The first one starts at -Infinity. */
export function toGrids(periods: readonly Period[], strideMs: number): Grid[] {
  const grids: Grid[] = [];
  for (const { startMs, offsetMs } of periods) {
    const phaseMs = toRemainder(-offsetMs, strideMs);
    const isCut = toRemainder(startMs - phaseMs, strideMs) !== 0;
    if (isCut || grids.at(-1)?.phaseMs !== phaseMs) grids.push({ startMs, phaseMs });
  }
  return grids;
}

/**
 * Returns the non-negative remainder; NaN for an infinite dividend, so that the first period
 * always starts a grid.
 */
export function toRemainder(dividend: number, divisor: number): number {
  return ((dividend % divisor) + divisor) % divisor;
}

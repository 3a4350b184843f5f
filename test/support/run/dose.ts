/** True in `npm run test:faults`, which runs the full doses. `npm test` runs the short ones. */
export const IS_FULL = process.env.FAULTS === 'full';

/** True in `npm run test:long`, which runs the files named `*.long.test.ts` alone. */
export const IS_LONG = process.env.TESTS === 'long';

/** How often, or on how much data, a long test runs. */
export function toDose({ short, full }: { short: number; full: number }): number {
  return IS_FULL ? full : short;
}

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A longer duration is taken for a mistake. */
const LONGEST_MS = 36_525 * UNIT_MS.d;

/**
 * Parses the command line. Throws a UsageError with one line for what `parseArgs`
 * refuses.
 */
export function parseOptions<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (failure) {
    const [line = ''] = (failure as Error).message.split('\n');
    throw new UsageError([`${line.replace(/\.?$/, '.')} See --help.`], failure);
  }
}

/**
 * Parses the value of a duration option. Returns milliseconds. Throws a UsageError that
 * names the option.
 */
export function parseDurationOption(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError([
    `${name}: ${JSON.stringify(text)} is not a duration such as 90d, 12h, 2w, 30m or 45s, of at most 100 years.`,
  ]);
}

/**
 * Parses a duration such as 90d, 12h, 2w, 30m or 45s. Returns milliseconds, or undefined if
 * the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,12})([smhdw])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const ms = Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms <= LONGEST_MS ? ms : undefined;
}

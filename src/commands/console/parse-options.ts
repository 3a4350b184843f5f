import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { parseDuration } from './duration.ts';

/**
 * Parses the command line. Throws a Misconfiguration with one line for what `parseArgs`
 * refuses.
 */
export function parseOptions<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (failure) {
    const [line = ''] = (failure as Error).message.split('\n');
    throw new Misconfiguration([`${line.replace(/\.?$/, '.')} --help tells more.`], failure);
  }
}

/**
 * Parses the value of a duration option. Returns milliseconds. Throws a Misconfiguration that
 * names the option.
 */
export function parseDurationOption(name: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new Misconfiguration([
    `${name}: ${JSON.stringify(text)} is not a duration such as 90d, 12h, 2w, 30m or 45s, of at most 100 years.`,
  ]);
}

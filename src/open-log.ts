import { type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** Opens the log on standard output: lines of JSON, or for readers at a terminal. */
export async function openLog({ logLevel: level, logFormat }: Config): Promise<Logger> {
  if (logFormat === 'json') return pino({ level });
  // Only a terminal needs the package, so it does not delay the start of a server.
  const { default: toPretty } = await import('pino-pretty');
  const destination = toPretty({ colorize: process.stdout.isTTY, ignore: 'pid,hostname', sync: true });
  return pino({ level }, destination);
}

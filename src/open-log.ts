import { type Logger, pino } from 'pino';
import { z } from 'zod';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const FORMATS = ['pretty', 'json'] as const;

/** The settings of a log. */
export const logVariables = {
  LOG_LEVEL: z.enum(LEVELS, `is not one of ${LEVELS.join(', ')}`).default('info'),
  LOG_FORMAT: z.enum(FORMATS, `is not one of ${FORMATS.join(', ')}`).optional(),
};

export interface LogSettings {
  readonly logLevel: (typeof LEVELS)[number];
  readonly logFormat: (typeof FORMATS)[number];
}

/** Returns the settings of a log. The format follows standard output unless it is set. */
export function toLogSettings(data: {
  LOG_LEVEL: LogSettings['logLevel'];
  LOG_FORMAT?: LogSettings['logFormat'] | undefined;
}): LogSettings {
  return {
    logLevel: data.LOG_LEVEL,
    logFormat: data.LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json'),
  };
}

/** Opens the log on standard output: lines of JSON, or for readers at a terminal. */
export async function openLog({ logLevel: level, logFormat }: LogSettings): Promise<Logger> {
  if (logFormat === 'json') return pino({ level });
  // Only a terminal needs the package, so it does not delay the start of a server.
  const { default: toPretty } = await import('pino-pretty');
  const destination = toPretty({ colorize: process.stdout.isTTY, ignore: 'pid,hostname', sync: true });
  return pino({ level }, destination);
}

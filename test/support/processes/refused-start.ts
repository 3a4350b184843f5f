import { pino } from 'pino';
import { expect } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { Misconfiguration } from '../../../src/domain/misconfiguration.ts';
import { startService } from '../../../src/server.ts';
import { CommandProcess } from './command-process.ts';

type Settings = Record<string, string | undefined>;

/**
 * Starts the service in this process, and returns the problems that it refuses to start with.
 * Returns none if it starts; it is closed then. lifecycle/refused-starts tests what the process
 * makes of the problems: a line on stderr for each, and exit status 1.
 */
export async function findProblems(settings: Settings): Promise<readonly string[]> {
  try {
    const service = await startService(parseConfig({ PORT: '0', ...settings }), pino({ level: 'silent' }));
    await service.close();
    return [];
  } catch (failure) {
    if (failure instanceof Misconfiguration) return failure.problems;
    throw failure;
  }
}

/** Expects that the service refuses to start for one reason, and returns its line. */
export async function refusedStart(settings: Settings): Promise<string> {
  const problems = await findProblems(settings);
  expect(problems.join('\n').split('\n')).toHaveLength(1);
  expect(problems).toHaveLength(1);
  return problems[0] ?? '';
}

/**
 * Starts `npm run <name>` as a process, expects that it refuses within 30 s in one line without a
 * stack trace, and returns that line.
 */
export async function refusedCommand(name: string, settings: Settings): Promise<string> {
  await using refused = new CommandProcess(name, [], settings);
  expect(await refused.end(30_000), refused.stderr).toBe(1);
  const lines = refused.stderr.trimEnd().split('\n');
  expect(lines, refused.stderr).toHaveLength(1);
  return lines[0] ?? '';
}

import { expect } from 'vitest';
import { CommandProcess } from './command-process.ts';
import { ServerProcess } from './server-process.ts';

/**
 * Starts the service, expects that it refuses within 30 s in one line without a stack trace, and
 * returns that line.
 */
export function refusedStart(settings: Record<string, string | undefined>): Promise<string> {
  return expectOneLine(new ServerProcess(settings));
}

/** The same for `npm run <name>`. */
export function refusedCommand(name: string, settings: Record<string, string | undefined>): Promise<string> {
  return expectOneLine(new CommandProcess(name, [], settings));
}

async function expectOneLine(started: ServerProcess): Promise<string> {
  await using refused = started;
  expect(await refused.end(30_000), refused.stderr).toBe(1);
  const lines = refused.stderr.trimEnd().split('\n');
  expect(lines, refused.stderr).toHaveLength(1);
  return lines[0] ?? '';
}

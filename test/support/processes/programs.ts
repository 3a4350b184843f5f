import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { PROGRAMS } from './debian-programs.ts';

export type ProgramName = keyof typeof PROGRAMS;

/**
 * Runs a suite that drives a program from Debian's packages; `suite` receives the program's path.
 * Without the program the suite is skipped, and its title says which package is missing.
 */
export function describeWithProgram(name: string, program: ProgramName, suite: (path: string) => void): void {
  const { path, debianPackage } = PROGRAMS[program];
  const isMissing = !existsSync(path);
  const title = isMissing ? `${name} [skipped: install Debian's package ${debianPackage}]` : name;
  describe.skipIf(isMissing)(title, () => suite(path));
}

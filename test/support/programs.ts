import { existsSync } from 'node:fs';
import { describe } from 'vitest';

/** Programs from Debian's packages that some suites drive. `.ci/run` installs them; a plain `npm test` may lack them. */
const PROGRAMS = {
  chromium: { path: '/usr/bin/chromium', debianPackage: 'chromium' },
  nginx: { path: '/usr/sbin/nginx', debianPackage: 'nginx-light' },
  pgbouncer: { path: '/usr/sbin/pgbouncer', debianPackage: 'pgbouncer' },
} as const;

export type ProgramName = keyof typeof PROGRAMS;

/**
 * Runs a suite that drives a program from Debian's packages; `suite` receives the program's path. Without the program
 * the suite is skipped, and its title says which package is missing.
 */
export function describeWithProgram(name: string, program: ProgramName, suite: (path: string) => void): void {
  const { path, debianPackage } = PROGRAMS[program];
  const isMissing = !existsSync(path);
  const title = isMissing ? `${name} [skipped: install Debian's package ${debianPackage}]` : name;
  describe.skipIf(isMissing)(title, () => suite(path));
}

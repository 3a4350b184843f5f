import { existsSync } from 'node:fs';

/**
 * Programs from Debian's packages that some suites drive. `.ci/run` installs them; a plain
 * `npm test` may lack them.
 */
export const PROGRAMS = {
  chromium: { path: '/usr/bin/chromium', debianPackage: 'chromium' },
  nginx: { path: '/usr/sbin/nginx', debianPackage: 'nginx-light' },
  prometheus: { path: '/usr/bin/prometheus', debianPackage: 'prometheus' },
  promtool: { path: '/usr/bin/promtool', debianPackage: 'prometheus' },
  pgbouncer: { path: '/usr/sbin/pgbouncer', debianPackage: 'pgbouncer' },
  pgDump: { path: '/usr/bin/pg_dump', debianPackage: 'postgresql-client' },
} as const;

/** Lists the packages of the programs that this machine lacks. */
export function listMissingPackages(): string[] {
  const missing = Object.values(PROGRAMS).filter(({ path }) => !existsSync(path));
  return [...new Set(missing.map(({ debianPackage }) => debianPackage))];
}
